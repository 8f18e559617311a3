"""Every table, imported in one place: what migrations compare with, and what creates relations between floors."""

import contacts.models
import distro.archive.anchors
import distro.archive.copies
import distro.archive.ledger
import distro.archive.names
import distro.archive.scrubbing
import distro.archive.sealing
import distro.archive.search
import distro.archive.tiles
import distro.archive.vault
import distro.dispatch.alerts
import distro.dispatch.cards
import distro.dispatch.delivery
import distro.dispatch.disposals
import distro.dispatch.holds
import distro.dispatch.workers
import distro.editorial.embargo_steps
import distro.editorial.notice
import distro.editorial.plan
import distro.editorial.release
import distro.editorial.waivers
import distro.staff

__all__ = ["contacts", "distro"]
