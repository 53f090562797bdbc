"""Many cases in the words people use, put into the database as fast as it takes them.

The words are those of a stream of real messages (``BENCH_DATA``/messages; nothing of them is kept in this repository):
each case is three sentences of three of them under the subject of one. They were filed over two years, at units all over
the city; one in twenty is open.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

DATA = Path(os.environ.get("BENCH_DATA", "../shared/data"))
OPEN_SHARE = 20
BATCH = 20_000
SAMPLE = 20_000
"""Cases whose words are counted, to know the frequent ones from the rare."""
OPEN = [
    "accepted",
    "waiting_dispatch",
    "dispatched",
    "signed",
    "signed",
    "signed",
    "replied",
    "waiting_visit",
]

_CASE = (
    "id city_id number query_code type matter content place_division place_name place_address confidential party_id "
    "contact_name contact_phone contact_name_masked contact_phone_masked contact_phone_index contact_phone_last4 channel "
    "created_at demo state version changed_at owner_id owner_name owner_path designated deadline_at clock_running "
    "redo_count urged urgency step_due_at"
)
_EVENT = (
    "id city_id case_id version act at actor_kind actor_id actor_label fields state owner_id owner_name deadline_at "
    "clock_running redone step step_late"
)
_TEXT = "id city_id at plain pairs address name number_back"
ACTS = ("accept", "dispatch", "sign_for", "reply")


class Sentence(NamedTuple):
    """A piece of a message, as it was written and as it is found."""

    said: str
    plain: str
    pairs: frozenset[str]


def vocabulary() -> tuple[list[Sentence], list[Sentence]]:
    """Subjects and sentences of the messages."""
    with (DATA / "messages" / "unlabelled_stream_4326.csv").open(encoding="utf-8", newline="") as file:
        messages = list(csv.DictReader(file))
    subjects = [_sentence(row["subject"].strip()[:100]) for row in messages if row["subject"].strip()]
    pieces = {
        piece.strip()
        for row in messages
        for piece in re.split(r"[。！？!?\n]", row["body"])
        if 12 <= len(piece.strip()) <= 60
    }
    return subjects, [_sentence(piece) for piece in sorted(pieces)]


def _sentence(said: str) -> Sentence:
    from hotline.base.text.bigrams import pairs, runs

    found = runs(said)
    return Sentence(said, " ".join(found), frozenset(pair for run in found for pair in pairs(run)))


def fill(folder: Path, upto: int) -> dict[str, list[str]]:
    """Fill the database until it holds ``upto`` cases; the words to look for, by how frequent they are."""
    from django.db import connection

    from hotline.work.cases.models import Case

    known = folder / "words.json"
    if known.is_file():
        words: dict[str, list[str]] = json.loads(known.read_text(encoding="utf-8"))
        return words
    subjects, sentences = vocabulary()
    chance = random.Random(7)
    with connection.cursor() as cursor:
        have = Case.objects.count()
        cursor.execute("DROP INDEX IF EXISTS casetext_pairs")
        for begin in range(have, upto, BATCH):
            _batch(cursor, chance, subjects, sentences, begin, min(begin + BATCH, upto), upto)
            print(f"\r{begin + BATCH}", end="", flush=True)
        print("\nindex …", flush=True)
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(
            "CREATE INDEX IF NOT EXISTS casetext_pairs ON finding_casetext USING gin (pairs) WITH (gin_pending_list_limit = 512)"
        )
        cursor.execute("VACUUM ANALYZE cases_case, cases_caseevent, finding_casetext")
        cursor.execute("SELECT plain FROM finding_casetext ORDER BY at DESC LIMIT %s", [SAMPLE])
        words = _words([plain for (plain,) in cursor.fetchall()], chance)
    known.write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    return words


def _batch(
    cursor: Any,
    chance: random.Random,
    subjects: list[Sentence],
    sentences: list[Sentence],
    begin: int,
    end: int,
    upto: int,
) -> None:
    from hotline.base.kernel import clock, ids, masking
    from hotline.base.kernel.models import this_city
    from hotline.base.kernel.sealing import blind_index, seal
    from hotline.base.people import queries as people
    from hotline.work.finding.entry import keyed

    units = [*people.organisations(accepts_cases=True)]
    now, city = clock.now(), this_city()
    name, phone, address = seal("张三丰"), seal("13800000000"), seal("丰海路 12 号")
    called, lives = blind_index("case-caller-name", "张三丰"), " ".join(sorted(keyed("丰海路 12 号")))
    step = timedelta(days=730) / upto
    cases, events, texts = [], [], []
    for n in range(begin, end):
        at = now - step * (upto - n)
        id = _id_of(at, chance)
        unit, subject = chance.choice(units), chance.choice(subjects)
        said = chance.sample(sentences, 3)
        number, tel = f"1{n:013d}", f"138{n % 10**8:08d}"
        state = chance.choice(OPEN) if n >= upto - upto // OPEN_SHARE else "closed"
        held = state not in ("accepted", "waiting_dispatch")
        running = state in ("dispatched", "signed")
        due = now + timedelta(hours=chance.randrange(-24, 480))
        cases.append((
            id, city, number, b"x" * 16, "help", subject.said, "。".join(s.said for s in said), "350503", "福建省泉州市丰泽区",
            address, False, None, name, phone, "张**", masking.phone(tel), blind_index("phone", tel), tel[-4:], "phone", at,
            False, state, 4, at, unit.id if held else None, unit.name if held else "", unit.path if held else "", False,
            due if held else None, running, 0, 0, "normal", due if state != "closed" else None,
        ))  # fmt: skip
        for version, act in enumerate(ACTS, 1):
            events.append((
                ids.new(), city, id, version, act, at, "person", "x", "度量员", "{}", state, unit.id, unit.name, due, running,
                False, "", False,
            ))  # fmt: skip
        pairs = subject.pairs.union(*(s.pairs for s in said))
        plain = " ".join([subject.plain, *(s.plain for s in said), "福建省泉州市丰泽区"])
        texts.append(
            (
                id,
                city,
                at,
                plain,
                " ".join(pairs),
                lives if n % 500 == 0 else None,
                called if n % 500 == 0 else None,
                number[::-1],
            )
        )
    for table, columns, rows in (
        ("cases_case", _CASE, cases), ("cases_caseevent", _EVENT, events), ("finding_casetext", _TEXT, texts),
    ):  # fmt: skip
        copy(cursor, table, columns, rows)


def _id_of(at: datetime, chance: random.Random) -> UUID:
    """An id as one made at that time."""
    return UUID(
        int=int(at.timestamp() * 1000) << 80
        | 7 << 76
        | chance.getrandbits(12) << 64
        | 2 << 62
        | chance.getrandbits(62)
    )


def copy(cursor: Any, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    """COPY ``rows`` into ``table``."""
    with cursor.copy(f"COPY {table} ({', '.join(columns.split())}) FROM STDIN") as sink:
        for row in rows:
            sink.write_row(row)


def _words(sample: list[str], chance: random.Random) -> dict[str, list[str]]:
    """Two-character words of more than a tenth of the cases, of fewer than one in a thousand, and of none."""
    in_so_many = Counter(
        pair
        for plain in sample
        for run in plain.split()
        for pair in {run[i : i + 2] for i in range(len(run) - 1)}
    )
    chinese = {pair: many for pair, many in in_so_many.items() if all("一" <= c <= "龥" for c in pair)}
    signs = sorted({c for pair in chinese for c in pair})
    absent = set[str]()
    while len(absent) < 40:
        pair = chance.choice(signs) + chance.choice(signs)
        if not any(pair in plain for plain in sample):
            absent.add(pair)
    frequent = [
        pair for pair, many in chinese.items() if many > len(sample) / 10 and pair not in "福建省泉州市丰泽区"
    ]
    rare = [pair for pair, many in chinese.items() if many < len(sample) / 1000]
    return {
        "frequent": sorted(frequent)[:40],
        "rare": chance.sample(sorted(rare), 40),
        "absent": sorted(absent),
    }
