"""The addresses of the agencies' interface, version 1; a receipt, the key of an entry or a size is all that one ever holds."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from access import api, log_doors
from access.tokens import AgencyTokenView

GET = ["get"]

urlpatterns = [
    path("token/", AgencyTokenView.as_view(), name="api_token"),
    path("inquiries/", api.InquiryDoor.as_view(), name="api_inquiries"),
    path("inquiries/<str:receipt>/", api.DecisionDoor.as_view(), name="api_inquiry"),
    path("inquiries/<str:receipt>/proof/", api.ProofDoor.as_view(), name="api_proof"),
    path("inquiries/<str:receipt>/answer/", api.AnswerDoor.as_view(), name="api_answer"),
    path("provisions/", api.ProvisionsDoor.as_view(), name="api_provisions"),
    path("receipt-keys/", api.ReceiptKeysDoor.as_view(), name="api_receipt_keys"),
    path("log/checkpoint/", log_doors.CheckpointDoor.as_view(), name="api_checkpoint"),
    path("log/proofs/inclusion/", log_doors.InclusionDoor.as_view(), name="api_inclusion"),
    path("log/proofs/consistency/", log_doors.ConsistencyDoor.as_view(), name="api_consistency"),
    path("schema/", SpectacularJSONAPIView.as_view(http_method_names=GET), name="api_schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api_schema", http_method_names=GET),
        name="api_docs",
    ),
    re_path("(?P<rest>.*)", api.NoDoor.as_view(), name="api_nothing"),
]
