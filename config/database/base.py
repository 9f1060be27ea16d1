"""Django's own PostgreSQL backend; its COMMIT is bounded, whoever opened the transaction: a page's session as well as the log."""

from django.db.backends.postgresql import base

from sealing.commit_wait import bounded


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose COMMIT is cancelled after 10 s; one that only waited for a standby returns then, with a warning."""

    def _commit(self) -> None:
        if self.connection is not None:
            with bounded(self.connection):
                super()._commit()  # type: ignore[misc]  # Django's stubs leave it out
