"""What a log says of an error: its kind and place, and nothing of what was asked."""

import logging

import pytest

from serving.request_log import WithoutValues

ASKED = "somebody whom nobody must read about"


@pytest.fixture
def logger(caplog) -> logging.Logger:
    made = logging.getLogger("tests.of.requests")
    made.addFilter(WithoutValues(KeyError))
    return made


def failed(logger: logging.Logger, error: Exception) -> None:
    try:
        raise error
    except Exception:
        logger.exception("on %s", ASKED)


def test_an_unexpected_error_is_told_by_kind_and_place_only(logger, caplog):
    failed(logger, ZeroDivisionError(ASKED))
    (record,) = caplog.records
    assert record.getMessage().startswith("a request failed: ZeroDivisionError\n")
    assert f'{__file__}", line' in record.getMessage()
    assert ASKED not in caplog.text
    assert "somebody" not in logging.Formatter().format(record)


def test_an_error_in_what_was_asked_and_a_line_without_error_are_not_told(logger, caplog):
    failed(logger, KeyError(ASKED))
    logger.error("result=%s", ASKED)
    assert caplog.records == []
