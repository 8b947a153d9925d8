"""The whole suite of the engine once more, with its jobs in PostgreSQL; what is about SQLite's file alone is listed here.

It takes some minutes, so `dev.py bench team-engine` runs it; `test_same_engine.py` is the part of every day.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

import tests.engine

#: Tests of what a team does not have, and why: whole modules, and single tests.
LEFT_OUT = {
    "test_database_check": "SQLite's file and the mark beside it",
    "test_lost_list": "SQLite's file and the mark beside it; of a team: test_restored.py",
    "test_odd_numbers": "writes odd values into SQLite's file",
    "test_old_profile": "puts SQLite's file back; a team that is put back: test_restored.py",
    "test_previous_schema": "older versions of SQLite's file; of a team: test_bad_input.py",
    "test_unwritten_intent": "SQLite's lock",
    "test_two_programs": "two programs on one profile, which one of them owns; a team has many",
    "test_a_database_held_by_another_program_delays_and_loses_nothing": "SQLite's lock",
    "test_a_doubt_of_a_profile_from_before_is_not_disproved_by_what_was_sent_since": "an older SQLite file",
    "test_a_kill_before_and_after_the_file_gets_its_name": "names of part files: a team's have the machine in them",
    "test_a_kill_while_the_copy_is_made": "names of part files",
    "test_a_name_that_another_result_has_by_now_is_not_taken_for_ours": "writes into SQLite's file",
    "test_a_packet_lies_beside_the_file_and_comes_back_after_a_kill": "names of part files",
    "test_a_picture_that_changed_in_between_is_sent_itself": "a trial",
    "test_a_second_engine_on_the_profile_is_refused": "in a team it is welcome",
    "test_a_start_takes_what_is_not_over_at_hand": "writes into SQLite's file",
    "test_a_step_that_cannot_be_written_leaves_no_job_behind": "a disk that is full under SQLite's file",
    "test_an_old_upload_is_not_even_named": "a trial",
    "test_an_upload_is_shared_within_an_account_only": "a trial",
    "test_an_upload_that_expired_is_sent_once_more_for_all": "a trial",
    "test_jobs_are_sent_in_the_order_of_the_click": "by one program's scheduler; a team's keeper calls workers: test_team.py",
    "test_jobs_of_a_profile_from_before_belong_to_the_account_without_a_name": "an older SQLite file",
    "test_jobs_of_long_ago_are_cleared_in_one_step": "writes into SQLite's file",
    "test_many_jobs_are_found_by_a_few_questions": "counts SQLite's statements",
    "test_many_jobs_cost_one_request_a_page_and_round": "ten thousand jobs: minutes; `bench team-books`",
    "test_no_step_of_a_job_reads_the_whole_list": "counts SQLite's statements",
    "test_results_found_at_an_account_are_fetched_with_its_key": "looks into SQLite's file",
    "test_rows_that_cannot_be_read_are_told_at_the_start_also_of_jobs_that_are_over": "writes into SQLite's file",
    "test_whatever_lies_at_a_results_names_is_no_way_to_harm_and_no_obstacle": "names of part files",
    "test_the_intent_is_on_disk_before_the_first_byte_leaves": "looks into SQLite's file",
}


def _is_meant(module: str, name: str, test: Any) -> bool:
    return "harness" in inspect.signature(test).parameters and not LEFT_OUT.keys() & {module, name}


def _tests() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in pkgutil.iter_modules(tests.engine.__path__):
        if not module.name.startswith("test_"):
            continue
        for name, value in vars(importlib.import_module(f"tests.engine.{module.name}")).items():
            if hasattr(value, "_pytestfixturefunction") or type(value).__name__ == "FixtureFunctionDefinition":
                found[name] = value
            elif name.startswith("test_") and inspect.isfunction(value) and _is_meant(module.name, name, value):
                found[f"{module.name}__{name.removeprefix('test_')}"] = value
    found.pop("harness", None)
    return found


globals().update(_tests())
