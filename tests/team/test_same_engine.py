"""The tests of the engine once more, with its jobs in PostgreSQL: it does not know which store it has."""

# The fixture `harness` of this folder takes the place of theirs.
from tests.engine.test_accounts import (  # noqa: F401 of its other tests, some look into SQLite's file
    studio,
    test_a_doubt_that_is_the_first_of_its_account_is_not_sent_again_with_a_key_of_somebody_elses,
)
from tests.engine.test_cancel import *  # noqa: F403
from tests.engine.test_copies import *  # noqa: F403
from tests.engine.test_money import *  # noqa: F403
from tests.engine.test_reconcile import *  # noqa: F403
from tests.engine.test_straight_path import *  # noqa: F403

del test_the_intent_is_on_disk_before_the_first_byte_leaves  # type: ignore[name-defined] # noqa: F821 looks into SQLite's file
