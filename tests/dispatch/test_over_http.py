"""Suggestions, places and the catalogue as the console uses them, rights included."""

from __future__ import annotations

import csv
import io

import pytest

from hotline.base.kernel import clock
from tests.cases.office import dispatched
from tests.cases.test_over_http import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def test_from_a_file_to_a_catalogue_in_force_and_a_suggestion() -> None:
    dispatched("chengguan-node", division="350503")
    keeper, agent = Browser("dispatcher"), Browser("agent")
    asked = {"matter": "路灯不亮", "address": "丰泽区东海街道"}
    first = agent.post("/dispatch/suggest", asked).json()
    assert first["suggestions"][0]["unit"]["key"] == "chengguan-node"
    assert first["place"]["full_name"] == "丰泽区东海街道"
    assert (
        agent.post("/dispatch/place", {"text": "台商投资区百崎"}).json()["items"][0]["handled_by"]
        == "泉州台商投资区"
    )

    rows = [*csv.DictReader(io.StringIO(keeper.get("/dispatch/catalogue/file").content.decode("utf-8-sig")))]
    for row in rows:
        if row["matter"] == "030101":
            row["lead"] = "huanjing-node"
    sent = io.StringIO()
    writer = csv.DictWriter(sent, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    draft = keeper.client.post(
        "/api/v1/dispatch/drafts",
        sent.getvalue().encode(),
        content_type="text/csv",
        headers={"X-CSRFToken": keeper.token},
    )
    assert (draft.status_code, [one["kind"] for one in draft.json()["changes"]]) == (201, ["changed"])
    today = clock.today().isoformat()
    one = f"/dispatch/drafts/{draft.json()['id']}"
    tried = keeper.get(f"{one}/dry-run", since=today, until=today).json()
    assert [row["after"] for row in tried["moved"]] == ["市生态环境局办理节点"]
    assert {row["unit"]: row["from"] for row in tried["by_unit"]}["市城管局办理节点"] == 1
    assert keeper.post(f"{one}/adopt", {}).json() == {"edition": 2}
    assert keeper.get(one).json()["adopted"] == 2
    again = agent.post("/dispatch/suggest", asked).json()
    assert again["suggestions"][0]["unit"]["key"] == "huanjing-node"


def test_a_row_is_added_read_and_closed() -> None:
    keeper = Browser("dispatcher")
    made = keeper.post(
        "/dispatch/catalogue",
        {
            "edition": 1,
            "matter": "0309",
            "name": "犬只",
            "aliases": ["遛狗"],
            "lead": "@place",
            "assisting": ["gongan-node"],
        },
    )
    assert made.json() == {"edition": 2}
    (row,) = keeper.get("/dispatch/catalogue", matter="0309").json()["items"]
    assert (row["lead_name"], row["assisting_names"]) == ("属地", ["市公安局办理节点"])
    tree = keeper.get("/dispatch/matters").json()
    assert (tree["edition"], [one["way"] for one in tree["editions"]]) == (2, ["add", "load"])
    closed = keeper.post(f"/dispatch/catalogue/{row['id']}/close", {"edition": 2})
    assert closed.json() == {"edition": 3}
    assert keeper.get("/dispatch/catalogue", matter="0309").json()["items"] == []
    stale = keeper.post("/dispatch/catalogue", {"edition": 1, "matter": "98", "name": "甲", "lead": "@place"})
    assert (stale.status_code, stale.json()["type"]) == (409, "catalogue-changed")


def test_who_only_looks_changes_nothing_and_a_unit_asks_for_no_suggestion() -> None:
    leader, clerk = Browser("shift_leader"), Browser("node_handler", "renshe-node")
    assert leader.get("/dispatch/matters").status_code == 200
    assert leader.post("/dispatch/catalogue", {"edition": 1, "matter": "98", "name": "甲"}).status_code == 403
    assert clerk.post("/dispatch/suggest", {"matter": "路灯"}).status_code == 403
    assert clerk.get("/dispatch/matters").status_code == 403


def test_a_bad_file_is_refused_with_line_column_and_reason() -> None:
    keeper = Browser("dispatcher")
    raw = "matter,name,lead\n99,甲,nobody\n".encode()
    refused = keeper.client.post(
        "/api/v1/dispatch/drafts", raw, content_type="text/csv", headers={"X-CSRFToken": keeper.token}
    )
    assert (refused.status_code, refused.json()["faults"][0]["where"]) == (422, "catalogue.csv:2:3 lead")
