"""Dataclasses that cost nothing to define.

The standard library's writes the source of six methods for each class and compiles it, half a millisecond a class, at
every start of the program. Here all classes share their methods, which go by the names of the fields. To the type
checker, and to whoever writes or reads one, there is no difference (``tests/system/records_test.py`` holds them equal),
but that what nobody uses here (order, slots, keyword-only fields) is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["asdict", "dataclass", "field", "replace"]

T = TypeVar("T")


class _Field:
    """What ``field()`` says of a field: what makes its default, and whether it counts in the hash."""

    def __init__(self, default_factory: Callable[[], object], hash: bool = True) -> None:
        self.make, self.counts = default_factory, hash


def _dataclass(cls: type[T] | None = None, *, frozen: bool = False) -> Any:
    """Give a class the methods that go by its fields; ``frozen``: nothing of it can be changed."""
    return _made(cls, frozen) if cls else lambda given: _made(given, frozen)


def _made(cls: Any, frozen: bool) -> Any:
    inherited: tuple[str, ...] = getattr(cls, "__match_args__", ())
    names = tuple(dict.fromkeys([*inherited, *cls.__annotations__]))
    said = {name: getattr(cls, name) for name in names if hasattr(cls, name)}
    fields = {name: value for name, value in said.items() if isinstance(value, _Field)}
    values = itemgetter(*names)
    counting = itemgetter(*(name for name in names if name not in fields or fields[name].counts))
    makers = [(name, value.make) for name, value in fields.items()]
    methods: dict[str, Any] = {
        "__match_args__": names,
        "__init__": _constructor(cls.__name__, names, said, makers),
        "__eq__": lambda one, other: (
            values(one.__dict__) == values(other.__dict__) if other.__class__ is one.__class__ else NotImplemented
        ),
        "__repr__": _represented,
        "__hash__": (lambda one: hash(counting(one.__dict__))) if frozen else None,
    }
    if frozen:
        methods |= {"__setattr__": _refused, "__delattr__": _refused}
    for name, method in methods.items():
        if cls.__dict__.get(name) is None:  # what a class says of itself stays; "no hash" comes from its __eq__
            setattr(cls, name, method)
    return cls


def _constructor(
    title: str, names: tuple[str, ...], defaults: dict[str, Any], makers: list[tuple[str, Callable[[], object]]]
) -> Callable[..., None]:
    known, count = frozenset(names), len(names)

    def __init__(self: Any, *values: object, **named: object) -> None:
        state = self.__dict__
        if len(values) == count and not named:  # all in their order (ten thousand cards are): nothing can be wrong
            state.update(zip(names, values))  # noqa: B905 - they are as many
            return
        state.update(defaults)
        state.update(zip(names, values))  # noqa: B905 - too many are found below
        state.update(named)
        for name, make in makers:
            if state[name] is defaults[name]:
                state[name] = make()
        if state.keys() != known or len(values) > len(names) or (named and named.keys() & names[: len(values)]):
            raise TypeError(f"{title}{names} does not take {values} and {named}")

    return __init__


def _represented(one: Any) -> str:
    fields = ", ".join(f"{name}={getattr(one, name)!r}" for name in one.__match_args__)
    return f"{one.__class__.__qualname__}({fields})"


def _refused(one: object, name: str, *_: object) -> None:
    raise AttributeError(f"{name} of a frozen {one.__class__.__qualname__} cannot be changed")


def _replaced(one: Any, **changes: object) -> Any:
    """One like this with some fields changed."""
    return one.__class__(**{name: getattr(one, name) for name in one.__match_args__} | changes)


def _as_dict(one: Any) -> Any:
    """The fields by their names; those in there, too."""
    return {name: _plain(getattr(one, name)) for name in one.__match_args__}


def _plain(value: Any) -> Any:
    if hasattr(value, "__match_args__"):
        return _as_dict(value)
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in value.items()}
    return value


if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, replace
else:
    dataclass, field, replace, asdict = _dataclass, _Field, _replaced, _as_dict
