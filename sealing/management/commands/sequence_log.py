"""`manage.py sequence_log`: keeps the log's tree up to date and signed. Exit 1 another one runs, 2 the signer refuses."""

import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sealing.audit_log import NotEntered
from sealing.cosigning import Cosigner, NotCosigned, cosigner
from sealing.sequencing import ALIAS, Corrupt, Sequencer
from sealing.signer import Refused, signer

ANOTHER_RUNS, REFUSED = 1, 2
TICK_SECONDS, PAUSE_SECONDS = 0.25, 1.0
ASKS_EVERY_SECONDS, LEAVES_WITHIN_SECONDS = 2.0, 5.0


class Command(BaseCommand):
    """Signs in as registry_sequencer and nothing else; a second worker stands by until the first is gone."""

    help = gettext_lazy(  # type: ignore[assignment]
        "Append committed entries to the log's tree and sign checkpoints, until stopped."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the contract names."""
        parser.add_argument(
            "--once", action="store_true", help=_("append what is committed now, sign, and leave")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sequence once, or until SIGTERM or Ctrl-C."""
        worker, witness = Sequencer(signer()), cosigner()
        try:
            if options["once"]:
                self._once(worker, witness)
            else:
                self._until_stopped(worker, witness)
        except (Refused, Corrupt) as problem:
            words = _(
                "Nothing is sequenced or signed: %(problem)s See the chapter on recovery in docs/operations.md."
            )
            raise CommandError(words % {"problem": problem}, returncode=REFUSED) from None
        finally:
            connections[ALIAS].close()

    def _once(self, worker: Sequencer, witness: Cosigner | None) -> None:
        if not worker.lead():
            self.stderr.write(_("Another sequencer is at work."))
            sys.exit(ANOTHER_RUNS)
        while worker.batch():
            continue
        worker.sign()
        self.stdout.write(_("%(size)d entries are in the tree and signed.") % {"size": worker.size})
        if witness is not None:
            try:
                witness.step()
            except NotCosigned as problem:
                self._not_cosigned(problem)

    def _not_cosigned(self, problem: object) -> None:
        self.stderr.write(_("Not cosigned: %(problem)s") % {"problem": problem})

    def _have_cosigned(self, witness: Cosigner, stopped: threading.Event) -> None:
        """Ask the witness for as long as the command runs; what it says is told when it changes."""
        told = ""
        while not stopped.is_set():
            try:
                witness.step()
                told = ""
            except (NotCosigned, NotEntered, DatabaseError) as problem:
                if told != str(problem):
                    self._not_cosigned(
                        problem if isinstance(problem, NotCosigned) else type(problem).__name__
                    )
                told = str(problem)
                connections[ALIAS].close()
            stopped.wait(ASKS_EVERY_SECONDS)
        connections[ALIAS].close()

    def _until_stopped(self, worker: Sequencer, witness: Cosigner | None) -> None:
        stopped = threading.Event()
        if witness is not None:
            beside = threading.Thread(
                target=self._have_cosigned, args=[witness, stopped], daemon=True
            )
            beside.start()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_received: stopped.set())
        leads = told = False
        while not stopped.is_set():
            try:
                if not leads:
                    leads = worker.lead()
                    if not leads and not told:
                        self.stderr.write(_("Another sequencer is at work; this one stands by."))
                        told = True
                more = leads and worker.step()
                stopped.wait(0 if more else TICK_SECONDS)
            except (DatabaseError, NotEntered) as problem:
                cause = type(problem.__cause__ or problem).__name__
                self.stderr.write(_("The database did not answer (%(cause)s).") % {"cause": cause})
                connections[ALIAS].close()
                leads = False
                stopped.wait(PAUSE_SECONDS)
