"""What an official promises before an answer is shown (保密承诺, Art. 136, second sentence).

The version goes into the audit log beside the inquiry and the lookup, so that it can be said years later what
was promised. A changed text takes a new version. Knows no inquiry and no record.
"""

from django.utils.translation import gettext_lazy as _

VERSION = "2026-1"

#: Ticked when an inquiry is sent, for the unit.
OF_THE_UNIT = _(
    "We use what we receive for the stated purpose only, keep it confidential and pass it to nobody."
)
#: Ticked anew each time before an answer is shown, by the official who reads it.
OF_THE_READER = _(
    "I keep what I am about to see confidential and use it for the purpose of this inquiry only."
)
#: Shown with every answer.
DUTY = _(
    "Article 136: whoever lawfully obtains a sealed record keeps it confidential. Passing it on, publishing it or "
    "using it for another purpose is unlawful. This answer was entered in the audit log with your number."
)
