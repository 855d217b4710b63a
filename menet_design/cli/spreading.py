"""A command is a function that takes groups of options as dataclasses beside options of its own.

`command` spreads the fields of the groups over the command line.
"""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints


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
    types, parts = {parameter.name: hint}, [parameter]
    if isinstance(hint, type) and is_dataclass(hint):
        types, parts = get_type_hints(hint, include_extras=True), list(inspect.signature(hint).parameters.values())
    return [each.replace(annotation=types[each.name], kind=each.KEYWORD_ONLY) for each in parts]
