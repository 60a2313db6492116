"""Column types of well-known libraries, as what they are in PostgreSQL. Others are never guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from migsafe.sources.alembic.constructs import SA, Maker, build
from migsafe.sources.alembic.libraries import load, no_plugins
from migsafe.sources.interpreter import Call, Cause, HostFunction, HostObject, Unknown

load()
with no_plugins():
    import sqlalchemy as sa
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.types import UserDefinedType


class NamedType(UserDefinedType[object]):
    """A type of an extension, by the text that the library writes."""

    cache_ok = True

    def __init__(self, text: str) -> None:
        self.text = text

    def get_col_spec(self, **_: object) -> str:
        return self.text


def _fixed(make: Callable[[], object]) -> Maker:
    return lambda _: HostObject(SA, make())


def _sized(name: str) -> Maker:
    """`Vector(3)`: pgvector's types have a number of dimensions, or none."""

    def make(call: Call) -> object:
        size = call.args[0] if call.args else call.kwargs.get("dim", call.kwargs.get("length"))
        return HostObject(SA, NamedType(f"{name}({size})" if isinstance(size, int) else name))

    return make


def _spatial(name: str) -> Maker:
    """geoalchemy2's `Geometry(geometry_type, srid)`: `geometry(POINT,4326)` (its `types.py`, `get_col_spec`)."""

    def make(call: Call) -> object:
        kind = call.args[0] if call.args else call.kwargs.get("geometry_type", "GEOMETRY")
        srid = call.args[1] if len(call.args) > 1 else call.kwargs.get("srid", -1)
        if kind is None:
            return HostObject(SA, NamedType(name))
        if isinstance(kind, str) and kind.isalnum() and isinstance(srid, int):
            return HostObject(SA, NamedType(f"{name}({kind.upper()},{srid})"))
        return Unknown(Cause.CALL, call.site.words)

    return make


def _string(call: Call) -> object:
    return build(sa.String, call)


def _choice(call: Call) -> object:
    """sqlalchemy_utils.ChoiceType(choices, impl=None): its impl, or VARCHAR(255)."""
    impl = call.kwargs.get("impl", call.args[1] if len(call.args) > 1 else None)
    return impl if isinstance(impl, HostObject) else HostObject(SA, sa.Unicode(255))


_UUID: Final = _fixed(postgresql.UUID)
_KNOWN: Final[Mapping[str, Maker]] = {
    "sqlmodel.sql.sqltypes.AutoString": _string,
    "sqlmodel.AutoString": _string,
    "sqlmodel.sql.sqltypes.GUID": _UUID,
    "fastapi_users_db_sqlalchemy.generics.GUID": _UUID,
    "fastapi_users_db_sqlalchemy.GUID": _UUID,
    "fastapi_users_db_sqlalchemy.generics.TIMESTAMPAware": _fixed(lambda: sa.DateTime(timezone=True)),
    "advanced_alchemy.types.GUID": _UUID,
    "advanced_alchemy.types.guid.GUID": _UUID,
    "advanced_alchemy.types.DateTimeUTC": _fixed(lambda: sa.DateTime(timezone=True)),
    "advanced_alchemy.types.datetime.DateTimeUTC": _fixed(lambda: sa.DateTime(timezone=True)),
    "pgvector.sqlalchemy.Vector": _sized("VECTOR"),
    "pgvector.sqlalchemy.VECTOR": _sized("VECTOR"),
    "pgvector.sqlalchemy.HALFVEC": _sized("HALFVEC"),
    "pgvector.sqlalchemy.SPARSEVEC": _sized("SPARSEVEC"),
    "pgvector.sqlalchemy.vector.VECTOR": _sized("VECTOR"),
    "geoalchemy2.Geometry": _spatial("geometry"),
    "geoalchemy2.types.Geometry": _spatial("geometry"),
    "geoalchemy2.Geography": _spatial("geography"),
    "geoalchemy2.types.Geography": _spatial("geography"),
    "citext.CIText": _fixed(lambda: NamedType("CITEXT")),
    "oslo_db.sqlalchemy.types.JsonEncodedDict": _fixed(sa.Text),
    "oslo_db.sqlalchemy.types.JsonEncodedList": _fixed(sa.Text),
    "oslo_db.sqlalchemy.types.SoftDeleteInteger": _fixed(sa.Integer),
}
_UTILS: Final[Mapping[str, Maker]] = {
    "UUIDType": _UUID,
    "TSVectorType": _fixed(postgresql.TSVECTOR),
    "JSONType": _fixed(sa.JSON),
    "EmailType": _fixed(lambda: sa.Unicode(255)),
    "URLType": _fixed(sa.UnicodeText),
    "ChoiceType": _choice,
    "ArrowType": _fixed(sa.DateTime),
    "IPAddressType": _fixed(lambda: sa.Unicode(50)),
    "PhoneNumberType": _fixed(lambda: sa.Unicode(20)),
    "CountryType": _fixed(lambda: sa.String(2)),
    "CurrencyType": _fixed(lambda: sa.String(3)),
    "LocaleType": _fixed(lambda: sa.Unicode(10)),
    "TimezoneType": _fixed(lambda: sa.Unicode(50)),
    "ColorType": _fixed(lambda: sa.Unicode(20)),
    "ScalarListType": _fixed(sa.UnicodeText),
    "LtreeType": _fixed(lambda: NamedType("LTREE")),
    "EncryptedType": _fixed(sa.LargeBinary),
    "StringEncryptedType": _fixed(sa.String),
}
_UTILS_MODULES: Final[Mapping[str, str]] = {
    "UUIDType": "uuid",
    "TSVectorType": "ts_vector",
    "JSONType": "json",
    "EmailType": "email",
    "URLType": "url",
    "ChoiceType": "choice",
    "ArrowType": "arrow",
    "IPAddressType": "ip_address",
    "PhoneNumberType": "phone_number",
    "TimezoneType": "timezone",
    "ColorType": "color",
    "ScalarListType": "scalar_list",
    "EncryptedType": "encrypted.encrypted_type",
    "StringEncryptedType": "encrypted.encrypted_type",
}


def _utils() -> dict[str, Maker]:
    found: dict[str, Maker] = {}
    for name, make in _UTILS.items():
        found[f"sqlalchemy_utils.{name}"] = make
        found[f"sqlalchemy_utils.types.{name}"] = make
        if name in _UTILS_MODULES:
            found[f"sqlalchemy_utils.types.{_UTILS_MODULES[name]}.{name}"] = make
    return found


THIRD_PARTY: Final[Mapping[str, object]] = {
    path: HostFunction(path, make) for path, make in {**_KNOWN, **_utils()}.items()
}
