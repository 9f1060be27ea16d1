"""What one run over the log found, as it is put together; each finding once, and not too many."""

from dataclasses import dataclass, field
from uuid import UUID

from sealing.findings import Finding, Wrong
from sealing.orders import Missing

MOST_FINDINGS = 20


@dataclass
class Verification:
    """One run over the log; `findings` by index, `size` leaves, `trusted` of them under a true checkpoint.

    `cosigned` is the size that the witness cosigned last, None when no witness was named.
    """

    size: int = 0
    trusted: int = 0
    cosigned: int | None = None
    checkpoints: int = 0
    findings: list[Finding] = field(default_factory=list)
    missing: Missing = field(default_factory=lambda: Missing(()))

    def note(
        self, index: int, wrong: Wrong, words: str, entry: UUID | str = "", **about: str | int
    ) -> None:
        """Make a finding and keep it."""
        self.keep(Finding(index, wrong, words, str(entry), about))

    def keep(self, finding: Finding) -> None:
        """Keep a finding, while there are not too many; what was said of an index already is not said again."""
        if len(self.findings) < MOST_FINDINGS and not any(map(finding.repeats, self.findings)):
            self.findings.append(finding)
