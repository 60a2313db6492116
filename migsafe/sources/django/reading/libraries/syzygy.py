"""django-syzygy: Django's own operations with the stage in which they are deployed (operations.py, 1.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.db import migrations

from migsafe.sources.django.objects.values import wrapped
from migsafe.sources.interpreter import HostKind, HostObject

if TYPE_CHECKING:
    from django.db.models import Field


class Stage(StrEnum):
    """Before or behind the deployment of the code (constants.py)."""

    PRE_DEPLOY = "pre_deploy"
    POST_DEPLOY = "post_deployment"


class AlterField(migrations.AlterField):
    """An AlterField of a stage."""

    def __init__(self, model_name: str, name: str, field: Field, stage: Stage, preserve_default: bool = True) -> None:
        super().__init__(model_name, name, field, preserve_default)
        self.stage = stage


class RenameField(migrations.RenameField):
    """A RenameField of a stage."""

    def __init__(self, model_name: str, old_name: str, new_name: str, stage: Stage) -> None:
        super().__init__(model_name, old_name, new_name)
        self.stage = stage


class RenameModel(migrations.RenameModel):
    """A RenameModel of a stage."""

    def __init__(self, old_name: str, new_name: str, stage: Stage) -> None:
        super().__init__(old_name, new_name)
        self.stage = stage


def _stage(_: HostObject, name: str) -> object | None:
    return wrapped(Stage[name]) if name in Stage.__members__ else None


_STAGE: Final = HostObject(HostKind(name="Stage", attribute=_stage))
NAMES: Final = {
    **{f"syzygy.operations.{kind.__name__}": kind for kind in (AlterField, RenameField, RenameModel)},
    **{f"{home}.Stage": _STAGE for home in ("syzygy", "syzygy.constants", "syzygy.plan")},
}
