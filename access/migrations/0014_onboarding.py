"""An authorisation by two, and a denial looked at a second time; the rules about both that no program goes round.

One statement an item; the guards have no reverse.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations import RunSQL

import sealing.fields
import sealing.uuid7

APP, DEFINER = "registry_app", "registry_definer"
PROPOSAL, CONTEST, VOTE = "access_authorisationproposal", "access_contest", "access_contestvote"

HOLDS = """
CREATE FUNCTION access_holds_role(account bigint, role text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM access_user AS held JOIN access_user_groups AS member ON member.user_id = held.id
      JOIN auth_group AS named ON named.id = member.group_id
     WHERE held.id = account AND held.is_active AND NOT held.is_superuser AND named.name = role)
$$
"""

# Made open by a security administrator; decided once, by another one, or taken back by its maker; never changed.
PROPOSED = """
CREATE FUNCTION access_proposal_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'registry_keeper' THEN
    RETURN NEW;  -- the trigger `rekeyed` judges
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'open' OR NEW.decided_by_id IS NOT NULL OR NEW.decided_at IS NOT NULL THEN
      RAISE EXCEPTION 'refused: a proposal begins open' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT access_holds_role(NEW.made_by_id, 'security_administrator') THEN
      RAISE EXCEPTION 'refused: only security administrators propose' USING ERRCODE = 'check_violation';
    END IF;
    NEW.made_at := clock_timestamp();
    RETURN NEW;
  END IF;
  IF OLD.state <> 'open' OR NEW.state = 'open'
    OR to_jsonb(NEW) - '{state,decided_by_id,decided_at}'::text[]
       <> to_jsonb(OLD) - '{state,decided_by_id,decided_at}'::text[] THEN
    RAISE EXCEPTION 'refused: a proposal is decided once and never changed' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state IN ('approved', 'refused') AND (NEW.decided_by_id = NEW.made_by_id
    OR NOT coalesce(access_holds_role(NEW.decided_by_id, 'security_administrator'), false)) THEN
    RAISE EXCEPTION 'refused: another security administrator decides' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'withdrawn' AND NEW.decided_by_id IS DISTINCT FROM NEW.made_by_id THEN
    RAISE EXCEPTION 'refused: only its maker takes a proposal back' USING ERRCODE = 'check_violation';
  END IF;
  NEW.decided_at := transaction_timestamp();
  RETURN NEW;
END $$
"""

# Whatever gives more rests on an entry of this very transaction with the same terms: that of an approval by two, or
# that of a load, which is made in nobody's name and never ends a suspension. Cutting down and suspending need neither.
APPROVED = """
CREATE FUNCTION access_authorisation_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  is_new boolean := TG_OP = 'INSERT';
  gives_back boolean := false;
  told jsonb;
  by_whom text;
BEGIN
  IF NOT is_new THEN
    IF NEW.id <> OLD.id OR NEW.unit_id <> OLD.unit_id OR NEW.ground <> OLD.ground THEN
      RAISE EXCEPTION 'refused: an authorisation keeps its unit and its ground' USING ERRCODE = 'check_violation';
    END IF;
    gives_back := OLD.suspended_at IS NOT NULL AND NEW.suspended_at IS NULL;
    IF NOT gives_back AND NEW.valid_from >= OLD.valid_from AND NEW.valid_to <= OLD.valid_to
      AND NEW.entry IS NOT DISTINCT FROM OLD.entry THEN
      RETURN NEW;
    END IF;
  END IF;
  SELECT convert_from(entry.body, 'UTF8')::jsonb -> 'details', entry.official INTO told, by_whom
    FROM sealing_auditentry AS entry JOIN access_unit AS unit ON unit.code = entry.unit
   WHERE entry.id = NEW.entry AND entry.kind = 'authorisation' AND entry.outcome = 'done'
     AND entry.xid = pg_current_xact_id() AND unit.id = NEW.unit_id
     AND coalesce(nullif(entry.provision, ''), 'case_handling') = NEW.ground;
  IF NOT FOUND OR (told ->> 'valid_from')::date IS DISTINCT FROM NEW.valid_from
    OR (told ->> 'valid_to')::date IS DISTINCT FROM NEW.valid_to THEN
    RAISE EXCEPTION 'refused: an authorisation that grows without its entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF told ->> 'proposal' IS NULL THEN
    IF gives_back OR told ->> 'loaded' IS DISTINCT FROM 'true'
      OR EXISTS (SELECT FROM access_user AS account WHERE account.number = by_whom) THEN
      RAISE EXCEPTION 'refused: a second administrator approves' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  PERFORM FROM access_authorisationproposal AS proposal
    JOIN access_user AS approver ON approver.id = proposal.decided_by_id
   WHERE proposal.id = (told ->> 'proposal')::uuid AND proposal.state = 'approved'
     AND proposal.decided_at = transaction_timestamp() AND approver.number = by_whom
     AND proposal.unit_id = NEW.unit_id AND proposal.ground = NEW.ground
     AND proposal.valid_from = NEW.valid_from AND proposal.valid_to = NEW.valid_to
     AND to_jsonb(proposal.officials) = told -> 'officials'
     AND (proposal.resumes OR NOT gives_back)
     AND CASE WHEN is_new THEN proposal.authorisation_id IS NULL ELSE proposal.authorisation_id = NEW.id END;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refused: a second administrator approves' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

# An official is named only by the entry that this transaction put the authorisation into force under.
NAMED = """
CREATE FUNCTION access_official_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM access_authorisation AS held
    JOIN access_user AS named ON named.id = NEW.user_id AND named.unit_id = held.unit_id
    JOIN sealing_auditentry AS entry ON entry.id = held.entry AND entry.xid = pg_current_xact_id()
   WHERE held.id = NEW.authorisation_id
     AND convert_from(entry.body, 'UTF8')::jsonb #> '{details,officials}' ? named.number;
  IF TG_OP = 'UPDATE' OR NOT FOUND THEN
    RAISE EXCEPTION 'refused: an official is named with approval' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

# The term in working days is the program's: the calendar is not fixed by law. Nobody goes beyond a month.
CONTESTED = """
CREATE FUNCTION access_contest_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  denied access_inquiry%ROWTYPE;
  permits integer;
  votes integer;
BEGIN
  IF current_user = 'registry_keeper' THEN
    RETURN NEW;  -- the trigger `rekeyed` judges
  END IF;
  IF TG_OP = 'INSERT' THEN
    SELECT * INTO denied FROM access_inquiry WHERE id = NEW.inquiry_id FOR UPDATE;
    IF denied.status IS DISTINCT FROM 'denied' OR NEW.denied_at <> denied.decided_at
      OR NEW.state <> 'open' OR NEW.decided_at IS NOT NULL
      OR denied.decided_at < clock_timestamp() - interval '31 days' THEN
      RAISE EXCEPTION 'refused: there is no denial to contest' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT access_holds_role(NEW.made_by_id, 'inquirer')
      OR denied.unit_id IS DISTINCT FROM (SELECT unit_id FROM access_user WHERE id = NEW.made_by_id) THEN
      RAISE EXCEPTION 'refused: the asking unit contests a denial' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'open' OR NEW.state = 'open'
    OR to_jsonb(NEW) - '{state,codes,reasons_today,decided_at}'::text[]
       <> to_jsonb(OLD) - '{state,codes,reasons_today,decided_at}'::text[] THEN
    RAISE EXCEPTION 'refused: a contest is decided once and never changed' USING ERRCODE = 'check_violation';
  END IF;
  SELECT count(*) FILTER (WHERE cast_vote.vote <> 'refuse'), count(*) INTO permits, votes
    FROM access_contestvote AS cast_vote WHERE cast_vote.contest_id = NEW.id;
  IF votes < 2 OR (NEW.state = 'set_aside' AND permits < 2) THEN
    RAISE EXCEPTION 'refused: two officers decide' USING ERRCODE = 'check_violation';
  END IF;
  NEW.decided_at := transaction_timestamp();
  RETURN NEW;
END $$
"""

# Refused whatever the program says: a second look by who had a part in the inquiry or in its denial, without the object
# permission, without the role, in another's name, or after the decision.
LOOKED = """
CREATE FUNCTION access_contest_vote_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  about access_contest%ROWTYPE;
  asked access_inquiry%ROWTYPE;
  voter access_user%ROWTYPE;
  own_unit text;
BEGIN
  SELECT * INTO about FROM access_contest WHERE id = NEW.contest_id FOR UPDATE;
  SELECT * INTO asked FROM access_inquiry WHERE id = about.inquiry_id;
  SELECT * INTO voter FROM access_user WHERE id = NEW.officer_id;
  SELECT code INTO own_unit FROM access_unit WHERE id = voter.unit_id;
  IF about.state IS DISTINCT FROM 'open' THEN
    RAISE EXCEPTION 'refused: the contest is decided' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.officer_number <> voter.number OR NEW.officer_unit <> coalesce(own_unit, '') THEN
    RAISE EXCEPTION 'refused: a vote names its officer' USING ERRCODE = 'check_violation';
  END IF;
  IF voter.unit_id = asked.unit_id OR voter.id IN (asked.made_by_id, about.made_by_id)
    OR voter.number = ANY (asked.officials) THEN
    RAISE EXCEPTION 'refused: nobody looks at an inquiry he has a part in' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT FROM access_reviewvote AS first WHERE first.inquiry_id = asked.id AND first.officer_id = voter.id)
  THEN
    RAISE EXCEPTION 'refused: others than the first look again' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT access_holds_role(voter.id, 'reviewing_officer') THEN
    RAISE EXCEPTION 'refused: only reviewing officers vote' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (
    SELECT FROM guardian_userobjectpermission AS held
      JOIN auth_permission AS permission ON permission.id = held.permission_id
      JOIN django_content_type AS kind ON kind.id = permission.content_type_id
     WHERE held.user_id = voter.id AND held.object_pk = NEW.contest_id::text
       AND permission.codename = 'review_contest' AND kind.app_label = 'access' AND kind.model = 'contest') THEN
    RAISE EXCEPTION 'refused: the contest is not assigned to this officer' USING ERRCODE = 'check_violation';
  END IF;
  IF (SELECT count(*) FROM access_contestvote WHERE contest_id = NEW.contest_id) >= 3 THEN
    RAISE EXCEPTION 'refused: a contest has three votes at most' USING ERRCODE = 'check_violation';
  END IF;
  NEW.cast_at := clock_timestamp();
  RETURN NEW;
END $$
"""

SET_ASIDE = """
CREATE FUNCTION access_denial_set_aside() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'denied' AND NEW.status <> 'denied' AND NOT (NEW.status = 'granted' AND EXISTS (
    SELECT FROM access_contest AS made
     WHERE made.inquiry_id = NEW.id AND made.state = 'set_aside' AND made.decided_at = transaction_timestamp())) THEN
    RAISE EXCEPTION 'refused: a denial stands until two others set it aside' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""


def guarded(table: str, trigger: str, when: str, function: str) -> RunSQL:
    """Have a function look at each row before it is stored."""
    return RunSQL(
        f"CREATE TRIGGER {trigger} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def guarded_by_definer(create: str, table: str, function: str) -> list[RunSQL]:
    """Guard a table by a function that looks where the application may not."""
    return [
        RunSQL(create),
        guarded(table, "approved", "INSERT OR UPDATE", function),
        RunSQL(f"REVOKE ALL ON FUNCTION {function}() FROM PUBLIC"),
        RunSQL(f"ALTER FUNCTION {function}() OWNER TO {DEFINER}"),
    ]


def kept(table: str, refused: str) -> list[RunSQL]:
    """Refuse acts on rows, and truncation, for every role."""
    rights = refused.replace(" OR ", ", ")
    return [
        RunSQL(f"REVOKE {rights}, TRUNCATE, REFERENCES, TRIGGER ON {table} FROM {APP}"),
        guarded(table, "kept", refused, "sealing_refuse"),
        RunSQL(
            f"CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()"
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0013_alerts"),
    ]

    operations = [
        migrations.AddField(
            model_name="authorisation",
            name="entry",
            field=models.UUIDField(editable=False, null=True, verbose_name="audit entry"),
        ),
        migrations.AddField(
            model_name="authorisation",
            name="suspended_by",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=40, verbose_name="suspended by"
            ),
        ),
        migrations.CreateModel(
            name="Contest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sealing.uuid7.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("made_on", models.DateField(verbose_name="contested on")),
                ("grounds", sealing.fields.SealedField(verbose_name="grounds")),
                ("denied_at", models.DateTimeField(verbose_name="denied at")),
                (
                    "denied_for",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        size=None,
                        verbose_name="reasons",
                    ),
                ),
                (
                    "denied_on_review",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=list,
                        size=None,
                        verbose_name="reasons of the reviewers",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Being looked at a second time"),
                            ("upheld", "The denial was upheld"),
                            ("set_aside", "The denial was set aside"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=list,
                        size=None,
                        verbose_name="reasons",
                    ),
                ),
                (
                    "reasons_today",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=list,
                        size=None,
                        verbose_name="reasons on that day",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                (
                    "inquiry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contest_made",
                        to="access.inquiry",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "contest",
                "ordering": ["id"],
                "permissions": [("review_contest", "Can look at the contest")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="AuthorisationProposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sealing.uuid7.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("ground", models.CharField(max_length=40, verbose_name="ground")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(verbose_name="valid to")),
                (
                    "officials",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        size=None,
                        verbose_name="named officials",
                    ),
                ),
                ("resumes", models.BooleanField(default=False, verbose_name="ends the suspension")),
                (
                    "letter_number",
                    sealing.fields.SealedField(verbose_name="number of the application letter"),
                ),
                (
                    "letter_issued_on",
                    models.DateField(null=True, verbose_name="application letter issued on"),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="proposed at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for approval"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("superseded", "Superseded"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                (
                    "authorisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="access.authorisation",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals_decided",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals_made",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="access.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
                "ordering": ["id"],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(
                                ("decided_by__isnull", False),
                                models.Q(("decided_by", models.F("made_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_approved_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_to__gte", models.F("valid_from"))),
                        name="proposal_dates_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resumes", True), ("letter_issued_on__isnull", False), _connector="OR"
                        ),
                        name="proposal_has_its_letter",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("authorisation",),
                        name="one_proposal_at_a_time",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("authorisation__isnull", True), ("state", "open")),
                        fields=("unit", "ground", "valid_from"),
                        name="one_new_proposal_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContestVote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=sealing.uuid7.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("officer_number", models.CharField(max_length=40, verbose_name="official number")),
                ("officer_unit", models.CharField(blank=True, max_length=40, verbose_name="unit")),
                (
                    "vote",
                    models.CharField(
                        choices=[
                            ("permit", "permit"),
                            ("permit_narrower", "permit_narrower"),
                            ("refuse", "refuse"),
                        ],
                        max_length=20,
                        verbose_name="vote",
                    ),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        size=None,
                        verbose_name="reasons",
                    ),
                ),
                ("text", sealing.fields.SealedField(verbose_name="explanation")),
                ("scope", models.JSONField(null=True, verbose_name="scope")),
                ("cast_at", models.DateTimeField(auto_now_add=True, verbose_name="cast at")),
                (
                    "contest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="access.contest",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contest_votes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "vote",
                "ordering": ["id"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contest", "officer"), name="one_vote_a_contest"
                    )
                ],
            },
        ),
        RunSQL(HOLDS),
        RunSQL("REVOKE ALL ON FUNCTION access_holds_role(bigint, text) FROM PUBLIC"),
        RunSQL(f"GRANT EXECUTE ON FUNCTION access_holds_role(bigint, text) TO {APP}"),
        *kept(PROPOSAL, "DELETE"),
        *kept(CONTEST, "DELETE"),
        *kept(VOTE, "UPDATE OR DELETE"),
        RunSQL(PROPOSED),
        guarded(PROPOSAL, "allowed", "INSERT OR UPDATE", "access_proposal_allowed"),
        RunSQL(f"GRANT SELECT (id, code) ON access_unit TO {DEFINER}"),
        RunSQL(f"GRANT SELECT (id, number, unit_id) ON access_user TO {DEFINER}"),
        RunSQL(f"GRANT SELECT (id, unit_id, entry) ON access_authorisation TO {DEFINER}"),
        RunSQL(
            "GRANT SELECT (id, authorisation_id, unit_id, ground, valid_from, valid_to, officials, resumes, state,"
            f" decided_by_id, decided_at) ON {PROPOSAL} TO {DEFINER}"
        ),
        *guarded_by_definer(APPROVED, "access_authorisation", "access_authorisation_approved"),
        *guarded_by_definer(NAMED, "access_authorisation_officials", "access_official_approved"),
        RunSQL(CONTESTED),
        guarded(CONTEST, "allowed", "INSERT OR UPDATE", "access_contest_allowed"),
        RunSQL(LOOKED),
        guarded(VOTE, "allowed", "INSERT", "access_contest_vote_allowed"),
        RunSQL(SET_ASIDE),
        guarded("access_inquiry", "set_aside", "UPDATE OF status", "access_denial_set_aside"),
    ]
