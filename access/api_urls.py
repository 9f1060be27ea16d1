"""The addresses of the agencies' interface, version 1; a receipt is all that one ever holds."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from access import api
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
    path("schema/", SpectacularJSONAPIView.as_view(http_method_names=GET), name="api_schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api_schema", http_method_names=GET),
        name="api_docs",
    ),
    path("<path:rest>", api.NoDoor.as_view(), name="api_nothing"),
]
