"""Votes, questions and replies of reviews, kept for ever; the rules about them that no program goes round; the holidays.

One statement an item; the guards have no reverse.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import holidays
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations import RunPython, RunSQL

import sealing.fields
import sealing.uuid7

FIRST_YEAR = 2026
SATURDAY = 5
KEPT = ("access_reviewvote", "access_reviewquestion", "access_reviewreply")

# Refused whatever the program says: a vote on one's own unit's inquiry, on an inquiry one stands behind, without the
# object permission, without the role, as a superuser, in another's name, out of turn, or after the decision.
VOTE = """
CREATE FUNCTION access_vote_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  asked access_inquiry%ROWTYPE;
  voter access_user%ROWTYPE;
  own_unit text;
  asked_before integer;
BEGIN
  SELECT * INTO asked FROM access_inquiry WHERE id = NEW.inquiry_id FOR UPDATE;
  SELECT * INTO voter FROM access_user WHERE id = NEW.officer_id;
  SELECT code INTO own_unit FROM access_unit WHERE id = voter.unit_id;
  IF asked.status IS DISTINCT FROM 'under_review' THEN
    RAISE EXCEPTION 'refused: the inquiry is not under review' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.officer_number <> voter.number OR NEW.officer_unit <> coalesce(own_unit, '') THEN
    RAISE EXCEPTION 'refused: a vote names its officer' USING ERRCODE = 'check_violation';
  END IF;
  IF voter.unit_id = asked.unit_id THEN
    RAISE EXCEPTION 'refused: nobody reviews an inquiry of his own unit' USING ERRCODE = 'check_violation';
  END IF;
  IF voter.id = asked.made_by_id OR voter.number = ANY (asked.officials) THEN
    RAISE EXCEPTION 'refused: nobody reviews an inquiry he stands behind' USING ERRCODE = 'check_violation';
  END IF;
  IF voter.is_superuser OR NOT voter.is_active OR NOT EXISTS (
    SELECT FROM access_user_groups AS held JOIN auth_group AS role ON role.id = held.group_id
     WHERE held.user_id = voter.id AND role.name = 'reviewing_officer') THEN
    RAISE EXCEPTION 'refused: only reviewing officers vote' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (
    SELECT FROM guardian_userobjectpermission AS held
      JOIN auth_permission AS permission ON permission.id = held.permission_id
      JOIN django_content_type AS kind ON kind.id = permission.content_type_id
     WHERE held.user_id = voter.id AND held.object_pk = NEW.inquiry_id::text
       AND permission.codename = 'review_inquiry' AND kind.app_label = 'access' AND kind.model = 'inquiry') THEN
    RAISE EXCEPTION 'refused: the inquiry is not assigned to this officer' USING ERRCODE = 'check_violation';
  END IF;
  SELECT count(*) INTO asked_before FROM access_reviewquestion WHERE inquiry_id = NEW.inquiry_id;
  IF NEW.round <> asked_before + 1 OR EXISTS (
    SELECT FROM access_reviewquestion AS question
      LEFT JOIN access_reviewreply AS reply ON reply.question_id = question.id
     WHERE question.inquiry_id = NEW.inquiry_id AND reply.id IS NULL) THEN
    RAISE EXCEPTION 'refused: the round is not open' USING ERRCODE = 'check_violation';
  END IF;
  IF (SELECT count(*) FROM access_reviewvote WHERE inquiry_id = NEW.inquiry_id AND round = NEW.round) >= 3 THEN
    RAISE EXCEPTION 'refused: a round has three votes at most' USING ERRCODE = 'check_violation';
  END IF;
  NEW.cast_at := clock_timestamp();
  RETURN NEW;
END $$
"""

# An inquiry under review is granted by two permits of its last round and denied by two votes; one opinion does neither.
DECIDED = """
CREATE FUNCTION access_review_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  permits integer;
  votes integer;
BEGIN
  IF OLD.status <> 'under_review' OR NEW.status = 'under_review' THEN
    RETURN NEW;
  END IF;
  SELECT count(*) FILTER (WHERE cast_vote.vote IN ('permit', 'permit_narrower')), count(*)
    INTO permits, votes
    FROM access_reviewvote AS cast_vote
   WHERE cast_vote.inquiry_id = NEW.id
     AND cast_vote.round = 1 + (SELECT count(*) FROM access_reviewquestion WHERE inquiry_id = NEW.id);
  IF (NEW.status = 'granted' AND permits < 2) OR (NEW.status <> 'granted' AND votes < 2) THEN
    RAISE EXCEPTION 'refused: two reviewers decide' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""


def announce(apps, schema_editor):
    """Keep the years whose days off and days worked instead the package knows as announced."""
    years = apps.get_model("access", "HolidayYear").objects.using(schema_editor.connection.alias)
    known = holidays.CN()
    for year in sorted(known.special_public_holidays):
        if year < FIRST_YEAR:
            continue
        found = holidays.CN(years=year)
        off = sorted(day for day in found if day.year == year and day.weekday() < SATURDAY)
        worked = sorted(day for day in found.weekend_workdays if day.year == year)
        years.get_or_create(
            year=year, defaults={"announced": True, "days_off": off, "days_worked": worked}
        )


def kept(table: str) -> list[RunSQL]:
    """Let rows be added and nothing else, for every role."""
    statements = (
        f"REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {table} FROM registry_app",
        f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION sealing_refuse()",
        f"CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION sealing_refuse()",
    )
    return [RunSQL(statement) for statement in statements]


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_agency_api"),
        ("guardian", "0001_initial"),
        ("sealing", "0001_log_and_lock"),
    ]

    operations = [
        migrations.AddField(
            model_name="inquiry",
            name="review_reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                default=list,
                size=None,
                verbose_name="reasons of the reviewers",
            ),
        ),
        migrations.CreateModel(
            name="HolidayYear",
            fields=[
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        primary_key=True, serialize=False, verbose_name="year"
                    ),
                ),
                ("announced", models.BooleanField(default=False, verbose_name="announced")),
                (
                    "days_off",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="days off",
                    ),
                ),
                (
                    "days_worked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="days worked instead",
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar of holidays",
                "verbose_name_plural": "calendars of holidays",
                "ordering": ["-year"],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("announced", True),
                            models.Q(("days_off", []), ("days_worked", [])),
                            _connector="OR",
                        ),
                        name="holidays_only_when_announced",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewQuestion",
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
                ("round", models.PositiveSmallIntegerField(verbose_name="round")),
                (
                    "codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        size=None,
                        verbose_name="questions",
                    ),
                ),
                ("text", sealing.fields.SealedField(verbose_name="question")),
                ("asked_on", models.DateField(verbose_name="asked on")),
                (
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="access.inquiry",
                    ),
                ),
            ],
            options={
                "verbose_name": "question",
                "ordering": ["round"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ReviewReply",
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
                ("replied_by", models.CharField(max_length=40, verbose_name="official number")),
                ("replied_on", models.DateField(verbose_name="replied on")),
                ("text", sealing.fields.SealedField(verbose_name="answer")),
                ("purpose", sealing.fields.SealedField(verbose_name="purpose")),
                ("post", sealing.fields.SealedField(verbose_name="post")),
                ("letter_number", sealing.fields.SealedField(verbose_name="letter number")),
                ("letter_issued_on", models.DateField(null=True, verbose_name="letter issued on")),
                (
                    "question",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reply",
                        to="access.reviewquestion",
                    ),
                ),
            ],
            options={
                "verbose_name": "reply",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ReviewVote",
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
                ("round", models.PositiveSmallIntegerField(verbose_name="round")),
                ("officer_number", models.CharField(max_length=40, verbose_name="official number")),
                ("officer_unit", models.CharField(blank=True, max_length=40, verbose_name="unit")),
                (
                    "vote",
                    models.CharField(
                        choices=[
                            ("permit", "permit"),
                            ("permit_narrower", "permit_narrower"),
                            ("refuse", "refuse"),
                            ("ask_for_more", "ask_for_more"),
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
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="access.inquiry",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "vote",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="reviewquestion",
            constraint=models.UniqueConstraint(
                fields=("inquiry", "round"), name="one_question_a_round"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewvote",
            constraint=models.UniqueConstraint(
                fields=("inquiry", "round", "officer"), name="one_vote_an_officer_and_round"
            ),
        ),
        *(operation for table in KEPT for operation in kept(table)),
        RunSQL(VOTE),
        RunSQL(
            "CREATE TRIGGER allowed BEFORE INSERT ON access_reviewvote"
            " FOR EACH ROW EXECUTE FUNCTION access_vote_allowed()"
        ),
        RunSQL(DECIDED),
        RunSQL(
            "CREATE TRIGGER reviewed BEFORE UPDATE OF status ON access_inquiry"
            " FOR EACH ROW EXECUTE FUNCTION access_review_decided()"
        ),
        RunPython(announce, RunPython.noop),
    ]
