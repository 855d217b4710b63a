"""Logs of training runs, read as tables of anybody's."""

import pytest

from menet_design.errors import DesignError
from menet_design.papers.others import LoggedEpoch, read_log

HEAD = "epoch,loss,test_loss,top1\n"


def test_an_epoch_is_its_number_its_losses_and_its_accuracy(tmp_path):
    (tmp_path / "log.csv").write_text(f"{HEAD}0,,2.5,10\n1,1.5,1.25,60.5\n")
    assert read_log(tmp_path / "log.csv") == [LoggedEpoch(0, None, 2.5, 10), LoggedEpoch(1, 1.5, 1.25, 60.5)]


REFUSED = {
    "": "log.csv has no rows. Write the columns epoch, loss, test_loss, top1",
    "1,1,1,\n": "row 2 of log.csv has no top1",
    "1,1,1,nan\n": "row 2 of log.csv: 'nan' is no number from 0 on. Write what train writes",
    "1,-1,1,1\n": "row 2 of log.csv: '-1' is no number from 0 on",
    "one,1,1,1\n": "row 2 of log.csv: 'one' is no number from 0 on",
}


@pytest.mark.parametrize("rows", REFUSED)
def test_what_is_no_log_is_refused(tmp_path, rows):
    (tmp_path / "log.csv").write_text(HEAD + rows)
    with pytest.raises(DesignError) as refused:
        read_log(tmp_path / "log.csv")
    assert REFUSED[rows] in str(refused.value)
