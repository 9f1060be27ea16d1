"""Addresses below /records/: a draft's key is random, and nothing of a person is ever part of one."""

from django.urls import path

from registry import (
    completeness_pages,
    correction_pages,
    import_pages,
    import_run_pages,
    notice_pages,
    pages,
    statistics_pages,
    unfinished_pages,
    verifying_pages,
    verifying_whole_pages,
    whole_decision_pages,
)

urlpatterns = [
    path("new/", pages.new, name="record_new"),
    path("acts/", pages.acts, name="record_acts"),
    path("corrections/new/", correction_pages.new, name="record_correction"),
    path("drafts/", pages.drafts, name="record_drafts"),
    path("drafts/submitted/", pages.submitted, name="record_submitted"),
    path("drafts/<uuid:key>/", pages.draft, name="record_draft"),
    path("drafts/<uuid:key>/change/", pages.change, name="record_change"),
    path("drafts/<uuid:key>/withdraw/", pages.withdraw, name="record_withdraw"),
    path("drafts/<uuid:key>/decision/", whole_decision_pages.decision, name="record_decision"),
    path("drafts/<uuid:key>/another/", whole_decision_pages.another, name="record_another"),
    path("unfinished/<uuid:key>/", unfinished_pages.unfinished, name="record_unfinished"),
    path("unfinished/<uuid:key>/keep/", unfinished_pages.keep, name="record_keep"),
    path("unfinished/<uuid:key>/give-up/", unfinished_pages.give_up, name="record_give_up"),
    path("completeness/", completeness_pages.completeness, name="record_completeness"),
    path("notice/", notice_pages.notice, name="record_notice"),
    path("import/", import_run_pages.runs, name="import_runs"),
    path("import/<uuid:key>/", import_run_pages.run, name="import_run"),
    path("import/<uuid:key>/progress/", import_run_pages.progress, name="import_progress"),
    path("import/<uuid:key>/confirm/", import_run_pages.confirm, name="import_confirm"),
    path("import/<uuid:key>/discard/", import_run_pages.discard, name="import_discard"),
    path("import/<uuid:key>/rejects.csv", import_run_pages.rejects, name="import_rejects"),
    path("import/template.csv", import_pages.template_csv, name="import_template_csv"),
    path(
        "import/template.jsonl",
        import_pages.template_json_lines,
        name="import_template_json_lines",
    ),
    path("statistics/", statistics_pages.statistics, name="record_statistics"),
    *(
        path(
            f"statistics/{dimension}.svg",
            statistics_pages.chart,
            {"dimension": dimension},
            name=f"record_chart_{dimension}",
        )
        for dimension in statistics_pages.DIMENSIONS
    ),
    path("verify/", verifying_pages.queue, name="record_queue"),
    path("verify/receipt/", verifying_pages.receipt, name="record_receipt"),
    path("verify/<uuid:key>/", verifying_pages.verify, name="record_verify"),
    path(
        "verify/<uuid:key>/decision/",
        verifying_whole_pages.verify_decision,
        name="record_verify_decision",
    ),
    path("verify/<uuid:key>/file/", verifying_pages.file, name="record_file"),
    path("verify/<uuid:key>/return/", verifying_pages.give_back, name="record_return"),
]
