"""Every word of the vocabulary has an effect: none is passed over in silence."""

from __future__ import annotations

import inspect

import pytest

from migsafe.effects.postgresql.alteration import handler_of_action
from migsafe.effects.postgresql.dispatch import handler_of
from migsafe.effects.postgresql.families import load_families
from migsafe.model import operations
from migsafe.model.operations import Operation, TableAction

ABSTRACT = {Operation, TableAction}
ALL = sorted(
    {
        found
        for found in vars(operations).values()
        if inspect.isclass(found) and issubclass(found, Operation) and found not in ABSTRACT
    },
    key=lambda found: found.__name__,
)


@pytest.mark.parametrize("operation", ALL, ids=lambda found: found.__name__)
def test_has_a_handler(operation: type[Operation]) -> None:
    load_families()
    if issubclass(operation, TableAction) and handler_of(operation) is None:
        assert callable(handler_of_action(operation))
    else:
        assert callable(handler_of(operation))
