"""The slots of a plan in words."""

from __future__ import annotations

from migsafe.model.findings import Slot

HEADINGS = {
    Slot.PRE_DEPLOY: "before the release",
    Slot.DEPLOY: "the release",
    Slot.BACKGROUND: "in the background",
    Slot.POST_DEPLOY: "after the release",
    Slot.CLEANUP: "in a later release",
}
