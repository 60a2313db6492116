"""Types as the server sees them: domains down to their base."""

from __future__ import annotations

from migsafe.effects.postgresql.facts import TypeFacts, type_facts
from migsafe.model.expressions import TypeName
from migsafe.model.names import Name
from migsafe.schema.objects import TypeForm, UserType
from migsafe.schema.schema import Schema


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
