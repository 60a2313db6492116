"""What the catalogs of PostgreSQL say about built-in functions, operators, types, casts and operator classes.

The text files beside this module are read from real servers by `python -m tools.facts`; nobody types them. Types are
called by their names in pg_type (`int4`, `varchar`, `timestamptz`), arrays by their element and brackets (`int4[]`).
A version newer than the newest known one is taken for that one.
"""

from migsafe.effects.postgresql.facts.callables import Callable, callable_facts
from migsafe.effects.postgresql.facts.casts import (
    Cast,
    CastContext,
    CastMethod,
    binary_coercible,
    find_cast,
    length_cast,
)
from migsafe.effects.postgresql.facts.functions import (
    Volatility,
    built_in_versions,
    least_volatility,
    operator_volatility,
    volatility,
)
from migsafe.effects.postgresql.facts.names import has_access_method, has_collation
from migsafe.effects.postgresql.facts.operator_classes import (
    OperatorClass,
    default_operator_class,
    index_survives,
    operator_class,
)
from migsafe.effects.postgresql.facts.reader import NEWEST, OLDEST
from migsafe.effects.postgresql.facts.types import TypeFacts, type_facts

__all__ = [
    "NEWEST",
    "OLDEST",
    "Callable",
    "Cast",
    "CastContext",
    "CastMethod",
    "OperatorClass",
    "TypeFacts",
    "Volatility",
    "binary_coercible",
    "built_in_versions",
    "callable_facts",
    "default_operator_class",
    "find_cast",
    "has_access_method",
    "has_collation",
    "index_survives",
    "least_volatility",
    "length_cast",
    "operator_class",
    "operator_volatility",
    "type_facts",
    "volatility",
]
