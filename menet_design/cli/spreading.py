"""A command is a function that takes groups of options as dataclasses beside options of its own.

`command` spreads the fields of the groups over the command line. A group that has a `panel` has its options together
in help.
"""

import inspect
from collections.abc import Callable
from copy import copy
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from typer.models import OptionInfo


def command(run: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameters that are dataclasses stand for an option a field."""
    hints = get_type_hints(run, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    spread = [each for own in inspect.signature(run).parameters.values() for each in _spread(own, hints[own.name])]

    def gathered(**given: Any) -> None:
        made = {
            name: kind(**{each.name: given.pop(each.name) for each in fields(kind)}) for name, kind in groups.items()
        }
        run(**made, **given)

    gathered.__doc__, gathered.__module__ = run.__doc__, run.__module__
    gathered.__signature__ = inspect.Signature(spread)  # type: ignore[attr-defined]
    return gathered


def _spread(parameter: inspect.Parameter, hint: Any) -> list[inspect.Parameter]:
    """The parameters that one stands for: those of a group's fields, or itself."""
    if not (isinstance(hint, type) and is_dataclass(hint)):
        return [_shown(parameter, hint)]
    hints = get_type_hints(hint, include_extras=True)
    parts = inspect.signature(hint).parameters.values()
    return [_shown(each, hints[each.name], _panel(hint, each.name)) for each in parts]


def _panel(group: type, field: str) -> str | None:
    """The panel of help that a field stands in: that of the group which declares it, if it has one."""
    home = next(each for each in reversed(group.__mro__) if field in inspect.get_annotations(each))
    return getattr(home, "panel", None)


def _shown(parameter: inspect.Parameter, hint: Any, panel: str | None = None) -> inspect.Parameter:
    """A parameter as help shows it: in its panel, with its choices as words of the text, which are not broken."""
    shown = parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY)
    if get_origin(hint) is not Annotated:
        return shown
    kind, option = get_args(hint)
    described, choices = copy(option), _choices(kind)
    if isinstance(option, OptionInfo):
        described.rich_help_panel = option.rich_help_panel or panel
    if choices and not option.metavar:
        described.metavar, described.help = "CHOICE", f"{option.help} One of {', '.join(choices)}."
    return shown.replace(annotation=Annotated[kind, described])


def _choices(kind: Any) -> list[str]:
    """Those that a type allows, None not among them."""
    kinds = [kind, *get_args(kind)]
    return [choice for each in kinds if get_origin(each) is Literal for choice in get_args(each)]
