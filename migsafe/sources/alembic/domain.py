"""What a revision may use: the exact names of Alembic's and SQLAlchemy's, and what each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from migsafe.sources.alembic import orm
from migsafe.sources.alembic.connection import CONTEXT, INSPECTOR_CLASS, inspected
from migsafe.sources.alembic.constructs import REFUSED, SA, TYPE_CLASS, column
from migsafe.sources.alembic.libraries import load, no_plugins
from migsafe.sources.alembic.names import COMMON, MYSQL, POSTGRESQL
from migsafe.sources.alembic.operations import OP, functions
from migsafe.sources.alembic.renderer import Renderer
from migsafe.sources.alembic.thirdparty import THIRD_PARTY
from migsafe.sources.alembic.values import HoleType, UnbuildableError, real
from migsafe.sources.interpreter import (
    Call,
    Cause,
    Class,
    Function,
    HostFunction,
    HostKind,
    HostObject,
    NoDomain,
    Unknown,
)

load()
with no_plugins():
    import sqlalchemy as sa
    from sqlalchemy.types import TypeEngine

_TYPE_BASES: Final = ("TypeDecorator", "UserDefinedType")
TYPE_BASE: Final = HostKind(name="a base of types")

_SQLALCHEMY: Final[Mapping[str, object]] = {
    **COMMON,
    "inspect": HostFunction("inspect", inspected),
    "MetaData": COMMON["MetaData"],
    **{name: HostObject(TYPE_BASE, name) for name in _TYPE_BASES},
    "Inspector": HostObject(INSPECTOR_CLASS, "Inspector"),
}
_ORM: Final[Mapping[str, object]] = {
    **orm.ORM,
    "declarative_base": HostFunction("declarative_base", orm.declarative),
    "mapped_column": HostFunction("mapped_column", column),
    "DeclarativeBase": HostObject(orm.BASE, "base"),
}
_ALEMBIC_CONTEXT: Final = HostObject(CONTEXT, "context")
_FROM_SQLALCHEMY: Final = (
    *("sqlalchemy", "sqlalchemy.sql", "sqlalchemy.sql.expression", "sqlalchemy.schema", "sqlalchemy.types"),
    *("sqlalchemy.sql.schema", "sqlalchemy.sql.sqltypes", "sqlalchemy.sql.functions", "sqlalchemy.sql.elements"),
    *("sqlalchemy.engine.reflection", "sqlalchemy.inspection", "sqlalchemy.engine", "sqlalchemy.sql.selectable"),
    *("sqlalchemy.sql.type_api", "sqlalchemy.sql.ddl", "sqlmodel.sql.sqltypes.types", "sqlmodel.sql.sqltypes.sqltypes"),
)
_FROM_ORM: Final = (
    *("sqlalchemy.orm", "sqlalchemy.orm.session", "sqlalchemy.ext.declarative", "sqlalchemy.orm.decl_api"),
    *("sqlmodel",),
)
_POSTGRESQL: Final = (
    *("sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.postgresql.base", "sqlalchemy.dialects.postgresql.json"),
    *("sqlalchemy.dialects.postgresql.array", "sqlalchemy.dialects.postgresql.hstore"),
    *("sqlalchemy.dialects.postgresql.ranges", "sqlalchemy.dialects.postgresql.types"),
    *("sqlalchemy.dialects.postgresql.named_types", "sqlalchemy.dialects.postgresql.ext"),
    *("sqlalchemy.dialects.postgresql.dml",),
)


@lru_cache(maxsize=1)
def table() -> Mapping[str, object]:
    """All names by their full path."""
    found: dict[str, object] = {"alembic.op": HostObject(OP, "op"), "alembic.context": _ALEMBIC_CONTEXT}
    found |= {f"alembic.op.{name}": value for name, value in functions()}
    found |= {f"alembic.context.{name}": _of_context(name) for name in CONTEXT.methods}
    for modules, names in ((_FROM_SQLALCHEMY, _SQLALCHEMY), (_FROM_ORM, _ORM), (_POSTGRESQL, POSTGRESQL)):
        found |= {f"{module}.{name}": value for module in modules for name, value in names.items()}
    found |= {f"sqlmodel.{name}": value for name, value in COMMON.items()}
    found |= {f"sqlalchemy.dialects.mysql.{name}": value for name, value in MYSQL.items()}
    found |= {f"sqlalchemy.dialects.mysql.base.{name}": value for name, value in MYSQL.items()}
    return {**found, **THIRD_PARTY}


def _of_context(name: str) -> object:
    method = CONTEXT.methods[name]
    return HostFunction(f"context.{name}", lambda call: method(_ALEMBIC_CONTEXT, call), sensitive=True)


class AlembicDomain(NoDomain):
    """The names of one evaluation, with the renderer that writes its SQL."""

    modules: frozenset[str] = frozenset(
        (
            *("alembic", "alembic.operations", "alembic.runtime", "sqlalchemy.dialects", "sqlalchemy.ext"),
            *_FROM_SQLALCHEMY,
            *_FROM_ORM,
            *_POSTGRESQL,
            *("sqlalchemy.dialects.mysql", "sqlalchemy.dialects.mysql.base"),
            *(name.rpartition(".")[0] for name in THIRD_PARTY),
            *(name.split(".")[0] for name in THIRD_PARTY),
        )
    )

    def __init__(self, naming_convention: Mapping[str, str] | None = None) -> None:
        self.renderer = Renderer(naming_convention or {})

    def resolve(self, module: str, name: str) -> object | None:
        """The value of exactly this name of exactly this module."""
        return table().get(f"{module}.{name}")

    def instantiate(self, defined: Class, call: Call) -> object | None:
        """A column type that the program derives: what it is in the database, when that is stated."""
        kinds = [value for value in defined.lineage() if isinstance(value, HostObject)]
        if any(value.kind in (TYPE_BASE, TYPE_CLASS) for value in kinds):
            return HostObject(SA, _derived(defined, kinds, call))
        return None

    def class_attribute(self, defined: Class, name: str) -> object | None:
        """`Model.__table__`, from the model's columns."""
        bases = [value for value in defined.lineage() if isinstance(value, HostObject)]
        if name == "__table__" and any(value.kind is orm.BASE for value in bases):
            return _table_of_model(defined)
        return None


def _derived(defined: Class, bases: list[HostObject], call: Call) -> TypeEngine[object]:
    """The type behind a TypeDecorator or a class of the program. One that chooses by dialect is asked for
    PostgreSQL's; one that writes its own SQL is not known."""
    from migsafe.sources.alembic.thirdparty import NamedType

    chooses = defined.find("load_dialect_impl")
    if isinstance(chooses, Function):
        found = call.invoke(
            chooses,
            (
                call.unknown(),
                _CHOOSER,
            ),
        )
        payload = found.payload if isinstance(found, HostObject) else None
        return _instance(payload) or HoleType(defined.name)
    writes = defined.find("get_col_spec")
    if isinstance(writes, Function):
        text = call.invoke(writes, (call.unknown(),))
        return NamedType(text) if isinstance(text, str) and "\ue5ca" not in text else HoleType(defined.name)
    impl = defined.find("impl")
    if isinstance(impl, HostObject):
        return _with_arguments(impl.payload, call) or HoleType(defined.name)
    direct = next((base.payload for base in bases if base.kind is TYPE_CLASS), None)
    return (_with_arguments(direct, call) if direct is not None else None) or HoleType(defined.name)


def _with_arguments(kind: object, call: Call) -> TypeEngine[object] | None:
    if isinstance(kind, TypeEngine):
        return kind
    if not (isinstance(kind, type) and issubclass(kind, TypeEngine)):
        return None
    try:
        args = [real(value, call) for value in call.args]
        kwargs = {key: real(value, call) for key, value in call.kwargs.items()}
        return kind(*args, **kwargs)
    except (UnbuildableError, *REFUSED):
        return _instance(kind)


def _instance(kind: object) -> TypeEngine[object] | None:
    if isinstance(kind, TypeEngine):
        return kind
    try:
        return kind() if isinstance(kind, type) and issubclass(kind, TypeEngine) else None
    except REFUSED:
        return None


def _descriptor(_: HostObject, call: Call) -> object:
    return call.args[0] if call.args else call.unknown()


_CHOOSER: Final = HostObject(
    HostKind(name="the dialect", attributes={"name": lambda _: "postgresql"}, methods={"type_descriptor": _descriptor}),
    "dialect",
)


def _table_of_model(defined: Class) -> object:
    name = defined.find("__tablename__")
    if not isinstance(name, str):
        return Unknown(Cause.ATTRIBUTE, f"{defined.name}.__table__")
    columns: list[sa.Column[object]] = []
    for key, value in defined.namespace.items():
        payload = value.payload if isinstance(value, HostObject) else None
        if isinstance(payload, sa.Column):
            copy = payload._copy()  # noqa: SLF001  # a column belongs to one table
            copy.name = copy.name or key
            copy.key = copy.key or key
            columns.append(copy)
    try:
        return HostObject(SA, sa.Table(name, sa.MetaData(), *columns))
    except REFUSED:
        return Unknown(Cause.ATTRIBUTE, f"{defined.name}.__table__")
