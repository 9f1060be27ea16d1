"""The template of a records file: the columns, and one made-up row that no import takes.

The example's document number has a wrong check character, so a row left in by mistake is rejected, not filed.
"""

import csv
import io
import json

from registry.decision_row import COLUMNS, OPTIONAL_COLUMNS

EXAMPLE = {
    "decision_number": "样公示行罚决字〔2026〕00000号",
    "organ_code": "110105000000",
    "organ_name": "样例市公安局示例分局",
    "organ_level": "county",
    "decided_on": "2026-01-06",
    "acted_on": "2026-01-05",
    "offence_code": "PSL2025-026-1-1",
    "name": "示例人",
    "sex": "male",
    "birth_date": "1990-03-07",
    "id_type": "resident_id",
    "id_number": "110105199003071010",
    "nationality": "CHN",
    "address": "样例市样例路1号",
    "guardian_name": "",
    "facts": "示例：请删除此行。",
    "warning": "0",
    "fine": "500",
    "detention_days": "",
    "licence_revoked": "",
    "foreigner_measure": "none",
    "execution": "executed",
    "served_on": "2026-01-06",
    "execution_reason": "",
    "procedure": "ordinary",
}


def csv_template() -> str:
    """Return the template as CSV, with the byte order mark that lets spreadsheets know it is UTF-8."""
    out = io.StringIO()
    out.write("\ufeff")
    table = csv.DictWriter(out, [*COLUMNS, *OPTIONAL_COLUMNS])
    table.writeheader()
    table.writerow(EXAMPLE)
    return out.getvalue()


def json_lines_template() -> str:
    """Return the template as JSON Lines."""
    return json.dumps(EXAMPLE, ensure_ascii=False) + "\n"
