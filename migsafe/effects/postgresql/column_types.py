"""Types as the server sees them: domains down to their base."""

from __future__ import annotations

from migsafe.effects.postgresql.facts import TypeFacts, type_facts
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.names import Name
from migsafe.schema.objects import TypeForm, UserType
from migsafe.schema.schema import Schema

IDENTITY_TYPES = frozenset({"int2", "int4", "int8"})


def user_type(kind: TypeName, schema: Schema) -> UserType | None:
    """The user's type behind a name, ignoring array dimensions."""
    return schema.type_of(Name(kind.schema, kind.name))


def domain_of(kind: TypeName, schema: Schema) -> UserType | None:
    """The domain that a (non-array) type is."""
    found = None if kind.dimensions else user_type(kind, schema)
    return found if found is not None and found.form is TypeForm.DOMAIN else None


def constrained_domain(kind: TypeName, schema: Schema) -> bool:
    """Whether values have to be checked: a domain with CHECK or NOT NULL, its own or inherited from its base
    (typcache.c, `DomainHasConstraints`)."""
    domain = domain_of(kind, schema)
    while domain is not None:
        if domain.constrained:
            return True
        domain = None if domain.base is None else domain_of(domain.base, schema)
    return False


def domain_default(kind: TypeName, schema: Schema) -> Expression | None:
    """The default that a column takes from its domain when it has none of its own."""
    domain = domain_of(kind, schema)
    while domain is not None:
        if domain.default is not None:
            return domain.default
        domain = None if domain.base is None else domain_of(domain.base, schema)
    return None


def base_type(kind: TypeName, schema: Schema) -> TypeName:
    """The type below all domains (`getBaseTypeAndTypmod`)."""
    domain = domain_of(kind, schema)
    while domain is not None and domain.base is not None:
        kind = domain.base
        domain = domain_of(kind, schema)
    return kind


def catalog_name(kind: TypeName) -> str:
    """How the facts call a type: arrays have brackets, however many dimensions were written."""
    return kind.name + ("[]" if kind.dimensions else "")


def facts_of(kind: TypeName, version: int) -> TypeFacts | None:
    """What the catalog says of a built-in type, or of one in an extension that comes with the server."""
    return type_facts(catalog_name(kind), version)


_MANUAL_NAMES = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
    "bool": "boolean", "varchar": "character varying", "bpchar": "character", "varbit": "bit varying",
    "timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone",
    "timetz": "time with time zone", "time": "time without time zone",
}  # fmt: skip


def shown_type(kind: TypeName) -> str:
    """As `format_type_be` prints it, without modifiers."""
    return _MANUAL_NAMES.get(kind.name, kind.name) + ("[]" if kind.dimensions else "")
