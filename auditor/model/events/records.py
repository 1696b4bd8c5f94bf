"""A record of a journal body: a frozen dataclass whose fields are the members of a JSON object. Pure.

`body()` gives the members as they are journalled, `parse()` reads them back and refuses anything else: an unknown
member, a missing one, another type. A field made with `absent(...)` is None where its member is left out; any other
field that may be None is written as null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import partial
from operator import itemgetter
from types import NoneType
from typing import Any, ClassVar, NoReturn, Self, TypeVar, cast, get_args, get_type_hints

from auditor.errors import IntegrityError
from auditor.model.events.codecs import Codec, Misfit, codec_of
from auditor.model.evidence import Event, EventKind

_Record = TypeVar("_Record")
_LAYOUTS: dict[type, Layout] = {}


def absent(when: str) -> Any:
    """A field whose member is left out, and which is then None. `when`: in which lines, for the documentation."""
    return field(default=None, metadata={"absent": when})


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a record's JSON object."""

    name: str
    codec: Codec
    absent: str
    """In which lines it is left out; empty where it always stands."""
    optional: bool
    """Whether a line without it can be read."""
    default: object
    """What stands for its absence."""

    @property
    def plain(self) -> bool:
        """Whether it always stands and is taken as it is."""
        return not self.optional and self.codec.plain is not None


_Read = Callable[[Any], Any]
_Put = Callable[[Any, Any], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the JSON object of a record class holds, arranged for reading: a journal has a hundred thousand of them.

    Members that are taken as they are (`plain`) are got and judged in one step; most lines hold little else.
    """

    action: str
    members: tuple[Member, ...]
    needed: frozenset[str]
    """Names of the members that always stand, `action` included."""
    known: frozenset[str]
    fewest: int
    """How many always stand."""
    plain_of: Callable[[Mapping[str, object]], tuple[object, ...]]
    plain_types: tuple[type, ...]
    plain_puts: tuple[_Put, ...]
    """What sets a field of an instance that is being made: its slot, past the frozen surface."""
    others: tuple[tuple[str, _Read, _Put], ...]
    """The other members that always stand."""
    optional: tuple[tuple[str, _Read, _Put, object], ...]
    """Members that may be left out, with the value that stands for their absence."""


class JournalRecord:
    """Base of everything that stands in a journal body."""

    __slots__ = ()

    def body(self) -> dict[str, object]:
        """The JSON object, as it is journalled."""
        return write_record(self)

    @classmethod
    def parse(cls, body: object, what: str = "journal record") -> Self:
        """Read the JSON object. `what` names it in the `IntegrityError` that is raised for any other shape."""
        try:
            return read_record(cls, body)
        except Misfit as wrong:
            raise misfit_error(wrong, what) from None

    @classmethod
    def read(cls, body: object) -> Self:
        """As `parse`, for use inside another record: raises `Misfit`."""
        return read_record(cls, body)


class JournalEvent(JournalRecord):
    """Base of the event classes: one for each shape that a line's body may have."""

    __slots__ = ()
    kind: ClassVar[EventKind]
    action: ClassVar[str] = ""
    """The member `action`, which tells the shapes of one kind apart; empty where the shape has no such member."""

    @classmethod
    def of(cls, entry: Event) -> Self:
        """What an entry of this kind says; `IntegrityError` naming the line where it has another shape."""
        try:
            return read_record(cls, entry.body)
        except Misfit as wrong:
            raise misfit_error(wrong, line_name(entry)) from None


def line_name(entry: Event) -> str:
    """How messages name a line."""
    return f"journal line {entry.number} ({entry.kind})"


def misfit_error(wrong: Misfit, what: str) -> IntegrityError:
    """The error that tells in one line where the body differs from its shape, and how."""
    return IntegrityError(f"{what}: member {wrong.place!r} {wrong.says}" if wrong.path else f"{what}: {wrong.says}")


def read_record(cls: type[_Record], body: object) -> _Record:
    """An instance from its JSON object; `Misfit` for any other shape."""
    layout = _LAYOUTS.get(cls) or layout_of(cls)
    if type(body) is not dict and not isinstance(body, Mapping):
        raise Misfit.of("an object", body)
    whole = len(body) == layout.fewest
    if not whole and not body.keys() <= layout.known:
        _refuse_names(layout, body.keys())
    if layout.action and body.get("action") != layout.action:
        raise Misfit(f"must have the action {layout.action!r}, found {body.get('action')!r:.80}")
    made, name = cls.__new__(cls), ""
    try:
        values = layout.plain_of(body)
        if (*map(type, values),) != layout.plain_types:
            _refuse_types(layout, body)
        for put, value in zip(layout.plain_puts, values, strict=True):
            put(made, value)
        for name, read, put in layout.others:
            put(made, read(body[name]))
        for name, read, put, default in layout.optional:
            put(made, default if whole or name not in body else read(body[name]))
    except KeyError:
        _refuse_names(layout, body.keys())
    except Misfit as wrong:
        if name:
            wrong.path.append(name)
        raise
    return made


def _refuse_names(layout: Layout, names: Set[str]) -> NoReturn:
    if missing := sorted(layout.needed - names):
        raise Misfit(f"has no member {missing[0]!r}; expected {', '.join(sorted(layout.needed))}")
    raise Misfit(f"has an unknown member {min(map(str, names - layout.known))!r:.80}")


def _refuse_types(layout: Layout, body: Mapping[str, object]) -> None:
    for member in layout.members:
        if member.plain:
            try:
                member.codec.read(body[member.name])
            except Misfit as wrong:
                wrong.path.append(member.name)
                raise


def write_record(record: object) -> dict[str, object]:
    """The JSON object of a record."""
    layout = layout_of(type(record))
    found: dict[str, object] = {"action": layout.action} if layout.action else {}
    for member in layout.members:
        value = getattr(record, member.name)
        if value is not None or not member.absent:
            found[member.name] = value if member.codec.write is None else member.codec.write(value)
    return found


def layout_of(cls: type) -> Layout:
    """The layout of a record class, made once."""
    found = _LAYOUTS.get(cls)
    if found is None:
        found = _LAYOUTS[cls] = _layout(cls)
    return found


def _layout(cls: type) -> Layout:
    """Dataclasses of other rooms of the floor may stand inside: members for which they have a default may be missing
    in older lines, and are written always."""
    own, hints, members = issubclass(cls, JournalRecord), get_type_hints(cls, include_extras=True), []
    for one in fields(cls):
        when = str(one.metadata.get("absent", ""))
        codec = codec_of(_present(hints[one.name]) if when else hints[one.name], _nested, iso=not own)
        optional = bool(when) or (not own and one.default is not MISSING)
        members.append(Member(one.name, codec, when, optional, None if one.default is MISSING else one.default))
    action = cls.action if issubclass(cls, JournalEvent) else ""
    always = frozenset({"action"} if action else ())
    plain = [member for member in members if member.plain]
    needed = always | {member.name for member in members if not member.optional}
    return Layout(
        action,
        tuple(members),
        needed,
        always | {member.name for member in members},
        len(needed),
        _getter([member.name for member in plain]),
        tuple(member.codec.plain for member in plain if member.codec.plain is not None),
        tuple(_put(cls, member) for member in plain),
        tuple((one.name, one.codec.read, _put(cls, one)) for one in members if not (one.plain or one.optional)),
        tuple((one.name, one.codec.read, _put(cls, one), one.default) for one in members if one.optional),
    )


def _put(cls: type, member: Member) -> _Put:
    return cast("_Put", getattr(cls, member.name).__set__)


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    """Gets the members of these names at once."""
    if len(names) > 1:
        return cast("Callable[[Mapping[str, object]], tuple[object, ...]]", itemgetter(*names))
    if names:
        (only,) = names
        return lambda body: (body[only],)
    return lambda body: ()


def _present(hint: object) -> object:
    """The type of a member that may be left out, without the None that stands for its absence."""
    (kind,) = (one for one in get_args(hint) if one is not NoneType)
    return kind


def _nested(cls: type) -> Codec:
    if not is_dataclass(cls):
        raise TypeError(f"no codec for {cls!r}")
    read = cls.read if issubclass(cls, JournalRecord) else partial(read_record, cls)
    return Codec(f"an object ({cls.__name__})", read, write_record)
