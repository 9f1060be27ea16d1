"""What `rotate_keys --index` says and does: from a new version of the index keys to old ones moved out of the ring.

Tells numbers and keys of rows, never content. Started again, it goes on where it was cut off.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sealing import key_versions, reindexing, rotation
from sealing.index_version import INDEXES
from sealing.keyring import Keyring, KeyringError, Purpose

Say = Callable[[str], None]
ProgressBar = Callable[[int], AbstractContextManager[Callable[[int], None]]]
NAMES = ", ".join(purpose.value for purpose in INDEXES)


def status(ring: Path, say: Say) -> None:
    """Say which versions of the index keys there are, and how far a move is."""
    now, held = reindexing.state(), Keyring.load(ring)
    for version in sorted({*held.versions(Purpose.SUBJECT), now.version}):
        stands = _("in use") if version == now.version else _("old")
        if version > now.version:
            stands = _("waits")
        if version not in held.versions(Purpose.SUBJECT):
            stands = _("not in the key ring")
        rows = now.rows if version == now.version else 0
        if version == now.next:
            rows = now.ready
        say(f"{version:>5}  {stands}: {NAMES} {rows} / {now.rows}")


def prepare(ring: Path, say: Say) -> None:
    """Write a new version that waits."""
    say(_("Version %(version)d waits.") % {"version": reindexing.next_version(ring)})


def move(ring: Path, *, say: Say, warn: Say, bar: ProgressBar) -> bool:
    """Move every row to a new version, or end the move that was cut off; False when rows were left and nothing moved."""
    in_use = _("Version %(version)d of the index keys is in use. Back up the key ring now.")
    if reindexing.agree(ring):
        say(in_use % {"version": reindexing.state().version})
        return True
    version = reindexing.next_version(ring)
    say(_("Back up the key ring now: version %(version)d waits.") % {"version": version})
    before = reindexing.state()
    with bar(before.rows - (before.ready if before.next == version else 0)) as moved:
        done = reindexing.Reindexing(version=version, on_progress=moved)
        done.run()
    for key in sorted(done.left):
        warn(_("Not proven, so no row is moved: %(key)s") % {"key": key})
    if done.left:
        return False
    reindexing.agree(ring)
    told = ngettext(
        "%(count)d row stands under version %(version)d of the index keys.",
        "%(count)d rows stand under version %(version)d of the index keys.",
        done.moved,
    )
    say(told % {"count": done.moved, "version": version})
    say(in_use % {"version": version})
    return True


def retire(ring: Path, version: int, *, to: Path, say: Say) -> None:
    """Move an old version of the index keys to a file of its own. Raises KeyringError for the one in force."""
    if not all(key_versions.settled(ring, purpose) for purpose in INDEXES):
        raise KeyringError(_("The version in use is too new; wait ten minutes."))
    if version >= reindexing.state().version:
        raise KeyringError(_("Version %(version)d is in use or waits.") % {"version": version})
    rotation.note("key_retired", purpose=NAMES, version=version)
    key_versions.retire(ring, *INDEXES, version=version, to=to)
    message = _("Version %(version)d was moved to %(file)s. Older backups need it: keep it.")
    say(message % {"version": version, "file": to})
