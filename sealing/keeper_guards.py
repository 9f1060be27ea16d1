"""Whether the keeper of the keys can do what rotation takes, for every sealed column there is, and nothing else.

The models say which columns are sealed; rights and triggers of the database are compared with them.
"""

from collections.abc import Iterator

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext as _

from sealing.fields import sealed_fields, sealed_models
from sealing.guarantees import rows
from sealing.guards import LOG, sealed_tables
from sealing.indexed import indexes
from sealing.keeper_sql import KEEPER
from sealing.rotation import proofs

POWERS = """
SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
       OR EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid OR roleid = r.oid)
       OR has_schema_privilege(r.oid, 'public', 'CREATE')
  FROM pg_roles AS r WHERE rolname = %s
"""
# Rights on whole tables, and rights on single columns of them.
RIGHTS = """
SELECT c.relname, '', given.privilege_type
  FROM pg_class c, aclexplode(c.relacl) AS given
 WHERE c.relnamespace = 'public'::regnamespace AND given.grantee IN (0, to_regrole(%(keeper)s))
UNION ALL
SELECT c.relname, a.attname, given.privilege_type
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) AS given
 WHERE c.relnamespace = 'public'::regnamespace AND given.grantee IN (0, to_regrole(%(keeper)s))
"""
TRIGGERS = """
SELECT c.relname, replace(encode(t.tgargs, 'escape'), chr(92) || '000', ' ')
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND t.tgtype = 19
   AND p.proname IN ('sealing_row_changed', 'sealing_row_rekeyed', 'sealing_row_only_rekeyed')
"""


def rights_of_the_keeper() -> Iterator[CheckMessage]:
    """Yield an error for each right the keeper has too much or too little, and each power by which it steps round."""
    found = rows("default", POWERS, [KEEPER])
    if not found or found[0][0]:
        yield _wrong(_("%(role)s is missing or too strong.") % {"role": KEEPER})
    has = set(rows("default", RIGHTS, {"keeper": KEEPER}))
    wanted = _wanted()
    for sign, differing in (("+", has - wanted), ("-", wanted - has)):
        for table, column, right in sorted(differing):
            named = {"role": KEEPER, "right": right, "what": f"{table} {column}".strip()}
            words = _("%(role)s has the right %(right)s on %(what)s.")
            if sign == "-":
                words = _("%(role)s lacks the right %(right)s on %(what)s.")
            yield _wrong(words % named)


def _wanted() -> set[tuple[str, str, str]]:
    wanted = {(LOG, "", "INSERT"), ("sealing_index", "", "SELECT")}
    wanted |= {(indexed.waiting, "", "INSERT") for indexed in indexes()}
    for model in sealed_models():
        table, key = model._meta.db_table, model._meta.pk
        sealed = {str(one.column) for one in sealed_fields(model)}
        proof = proofs[table].columns if table in proofs else ()
        wanted |= {(table, column, "UPDATE") for column in sealed}
        wanted |= {(table, column, "SELECT") for column in {str(key.column), *sealed, *proof}}
    return wanted


def sealed_columns_watched() -> Iterator[CheckMessage]:
    """Yield an error for each table whose trigger does not hold the keeper to exactly its sealed columns."""
    watched = {table: set(columns.split()) for table, columns in rows("default", TRIGGERS)}
    for model in sealed_models():
        table = model._meta.db_table
        if watched.get(table) != {str(one.column) for one in sealed_fields(model)}:
            words = _("The trigger on %(table)s does not hold the keeper to its sealed columns.")
            yield _wrong(words % {"table": table})


def proofs_taught() -> Iterator[CheckMessage]:
    """Yield an error for each table with a lock whose rows rotation could not prove."""
    named = {model._meta.db_table for model in apps.get_models()}
    for table in sorted({*sealed_tables()} & named - {*proofs}):
        yield _wrong(_("Nothing proves a row of %(table)s in rotation.") % {"table": table})


def _wrong(words: str) -> Error:
    hint = _(
        "Put it back as the migrations made it, with keeper_operations for a new sealed column."
    )
    return Error(words, hint=hint, id="sealing.E012")
