"""Why a message or a record goes no further: a code for machines, words for people.

Rule: a step that refuses raises `Refusal`, the one exception of the pure floors. What
becomes of it (a `refused` status or a dead letter) is decided where it is caught.
"""

from enum import StrEnum


class Reason(StrEnum):
    """A bounded set: it is a metric label and a value that data teams query."""

    # what was read is not an event we can use: dead letters
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    AVRO = "avro"
    NOT_AN_EVENT = "not_an_event"
    BAD_TIME = "bad_time"
    BAD_DATA = "bad_data"
    BAD_PHONE = "bad_phone"
    NO_PHONE = "no_phone"
    RENDER_FAILED = "render_failed"
    UNREADABLE = "unreadable"
    # the event is good, but this message is not sent: refused
    NO_CONSENT = "no_consent"
    TOO_LATE = "too_late"
    TEST_MODE = "test_mode"
    MISSING_DATA = "missing_data"
    TOO_LONG = "too_long"
    NO_TEXT = "no_text"
    UNKNOWN_TEMPLATE = "unknown_template"
    UNSENDABLE = "unsendable"
    NO_ROUTE = "no_route"
    # the SMSC has spoken, or has not
    REFUSED_BY_SMSC = "refused_by_smsc"
    RETRIES_EXHAUSTED = "retries_exhausted"
    NO_ANSWER = "no_answer"
    GATEWAY_LOST = "gateway_lost"
    DECIDED = "decided"
    THROTTLED = "throttled"
    QUEUE_FULL = "queue_full"
    SMSC_ERROR = "smsc_error"
    NOT_DELIVERED = "not_delivered"


WORDS: dict[Reason, str] = {
    Reason.EMPTY: "the record has no value; publish the event as its value",
    Reason.TOO_LARGE: "the record is too large for an event; send a reference, not the content",
    Reason.NOT_JSON: "the value is not JSON in UTF-8; publish a CloudEvent as JSON",
    Reason.AVRO: "the value looks like Confluent Avro; publish JSON, or convert it first",
    Reason.NOT_AN_EVENT: "a required CloudEvents attribute is missing or of the wrong type",
    Reason.BAD_TIME: "the event's time is not an RFC 3339 timestamp",
    Reason.BAD_DATA: "the event's data is not what the template's variables declare",
    Reason.BAD_PHONE: "the phone number is not an international number such as +33612345678",
    Reason.NO_PHONE: "the event has no phone number where the template expects one",
    Reason.RENDER_FAILED: "the template could not be rendered; its owner has to mend it",
    Reason.UNREADABLE: "an internal record could not be read; it was written by something else",
    Reason.NO_CONSENT: "the recipient has not opted in",
    Reason.TOO_LATE: "the message is no longer worth sending (deliver_within has passed)",
    Reason.TEST_MODE: "Chappe runs in test mode and the number is not in CHAPPE_TEST_NUMBERS",
    Reason.MISSING_DATA: "a variable that the text needs is missing from the event",
    Reason.TOO_LONG: "the text is longer than 1,000 characters",
    Reason.NO_TEXT: "the template has no text for this locale or its fallbacks",
    Reason.UNKNOWN_TEMPLATE: "the catalog has no such template (any more)",
    Reason.UNSENDABLE: "the message can't be written as SMPP; its sender or template is wrong",
    Reason.NO_ROUTE: "no [[route]] takes this number, lane and sender; add one to the settings",
    Reason.REFUSED_BY_SMSC: "the SMSC refused the message",
    Reason.RETRIES_EXHAUSTED: "the SMSC kept refusing for the time being; no retry is left",
    Reason.NO_ANSWER: "the SMSC did not answer in time; it may have the message or not",
    Reason.GATEWAY_LOST: "the gateway that had it ended; the SMSC may have the message or not",
    Reason.DECIDED: "an operator decided so",
    Reason.THROTTLED: "the SMSC asked for fewer messages a second",
    Reason.QUEUE_FULL: "the SMSC's queue is full",
    Reason.SMSC_ERROR: "the SMSC had an error of its own",
    Reason.NOT_DELIVERED: "a receipt says the message did not reach the phone",
}


class Refusal(Exception):  # noqa: N818 - a decision, not an error
    """This record or message goes no further, and here is why.

    `detail` names the field, variable or value, for a person; it never holds a secret.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail

    @property
    def sentence(self) -> str:
        """The words of the reason, with the detail where there is one."""
        words = WORDS[self.reason]
        return f"{words} ({self.detail})" if self.detail else words
