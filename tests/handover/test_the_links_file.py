"""links.csv: what it may say, and what becomes of it when it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.base.kernel.actor import system
from hotline.base.kernel.errors import Invalid
from hotline.base.kernel.sealing import unseal
from hotline.joined.handover import far_centres
from hotline.joined.handover.models import FarCentre

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
HEAD = "number,base_url,authority,carries_header\n"
ACTOR = system("tests")


def load(folder: Path, rows: str) -> list[str]:
    (folder / far_centres.FILE).write_text(HEAD + rows)
    return [f"{kind} {about}" for kind, about, _, _ in far_centres.load(ACTOR, folder)]


def test_the_far_centres_follow_the_file_and_keep_their_token(tmp_path: Path) -> None:
    assert load(tmp_path, "12348,https://law.example/api/,,\n110,https://police.example,,no\n") == [
        "added link 12348", "added link 110",
    ]  # fmt: skip
    far_centres.set_token(ACTOR, "12348", " secret\n")
    assert load(tmp_path, "12348,https://law.example/v2,,\n") == ["updated link 12348", "removed link 110"]
    row = FarCentre.objects.get()
    assert (row.base_url, row.carries_header, unseal(row.token_sealed)) == (
        "https://law.example/v2",
        True,
        "secret",
    )
    assert load(tmp_path, "12348,https://law.example/v2,,\n") == []


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("12333,https://x.example,,", "number"),
        ("12345,https://x.example,,", "number"),
        ("12348,http://law.example,,", "base_url"),
        ("12348,https://user@law.example,,", "base_url"),
        ("12348,ftp://law.example,,", "base_url"),
        ("12348,,,", "base_url"),
        ("12348,https://law.example,../../key.pem,", "authority"),
        ("12348,https://law.example,nowhere.pem,", "authority"),
        ("12348,https://law.example,,perhaps", "carries_header"),
    ],
)
def test_a_wrong_cell_is_refused_with_its_place_and_nothing_changes(
    tmp_path: Path, row: str, column: str
) -> None:
    with pytest.raises(Invalid) as refused:
        load(tmp_path, row + "\n")
    assert column in refused.value.faults[0].where
    assert not FarCentre.objects.exists()


def test_plain_http_is_for_this_machine_alone(tmp_path: Path) -> None:
    assert load(tmp_path, "12348,http://127.0.0.1:8080,,\n") == ["added link 12348"]


def test_without_the_file_nobody_is_joined(tmp_path: Path) -> None:
    assert not [*far_centres.load(ACTOR, tmp_path)]
