"""What is said of errors: titles without a full stop, sentences with one."""

from __future__ import annotations

from topazdesk.domain.job import JobError
from topazdesk.errors import NetworkError, told


def test_titles_have_no_full_stop_and_sentences_have_one() -> None:
    """Half of the titles were sentences and half were not, in the same list."""
    for title in ("No connection to Topaz.", "No connection to Topaz"):
        assert NetworkError(title).title == "No connection to Topaz"
        assert JobError("network", title, "").title == "No connection to Topaz"
        assert told(title, "It resumes automatically.") == "No connection to Topaz. It resumes automatically."
        assert told(title) == "No connection to Topaz."
    assert NetworkError("Getting ready…").title == "Getting ready…"
