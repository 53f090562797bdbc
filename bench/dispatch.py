"""What a suggestion costs the web process, and how often it is right on real messages that nobody here wrote.

Cost: through the real WSGI application, as bench.cases measures. Hits, on messages of another province's boards (folder given as
argument or HOTLINE_MESSAGES; without it only the cost is measured), places made unreadable in them, so every message is put to
one county:

- *units*: messages with the department's real reply. The unit that replied is read from the reply's opening, by the words of
  ``UNITS``; a department that has no node here (housing, education, water) counts as the place's own unit. Replies that name no
  such department, or name a county or a town alone, are left out: how many are left is printed.
- *classes*: messages labelled with one of seven classes; a class is the top-level matters of ``CLASSES``. Right is a suggestion
  whose catalogue row stands under one of them.

    python -m bench.dispatch [folder]            writes var/bench/dispatch.json
"""

from __future__ import annotations

import csv
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.cases import Web, measure, sign_in
from bench.figures import Figure, record
from bench.own_database import own_database

UNITS = (
    ("renshe-node", "人社局|人力资源|劳动监察|社保局|社会保险|就业服务"),
    ("yibao-node", "医保局|医疗保障|医保中心"),
    ("gongjijin-node", "公积金"),
    ("chengguan-node", "城管|行政执法局|市政|园林|城市管理"),
    ("ziyuan-node", "国土|自然资源|规划局|林业局|不动产"),
    ("huanjing-node", "环保局|生态环境|环境保护局"),
    ("gongan-node", "公安|交警|派出所"),
    ("jiaotong-node", "交通运输局|交通局|运管|公路局|公交公司|轨道"),
    ("shichang-node", "市场监管|市场监督|工商局|食药监|食品药品|质监局|物价局"),
    ("weijian-node", "卫计|卫健|卫生局|卫生和计划|卫生健康"),
    ("wenlv-node", "旅游|文广新|文体广新|文化局"),
    ("minzheng-node", "民政局"),
    ("shuiwu-node", "税务局|地税|国税"),
    ("nongye-node", "农业局|农业农村|农业委|畜牧"),
    ("shangwu-node", "商务局|商务粮食"),
    ("sifa-node", "司法局"),
    ("xiaofang-node", "消防"),
    ("yingji-node", "安监局|应急管理"),
    ("tongxin-node", "通信管理|电信公司|移动公司|联通公司"),
    (
        "@place",
        "住建|住房和城乡|房管|住房保障|教育局|教育厅|教体|水务|水利|电力|供电|自来水|供水|征地|征收办",
    ),
)
CLASSES = {
    "城乡建设": ("02", "03"),
    "环境保护": ("04",),
    "交通运输": ("06",),
    "教育文体": ("08",),
    "劳动和社会保障": ("01",),
    "商贸旅游": ("05",),
    "卫生计生": ("07",),
}
OPENING = 220


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The records of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def replied_by(reply: str) -> str | None:
    """Which unit answered: the first one that the reply's opening names."""
    found = [(hit.start(), key) for key, words in UNITS if (hit := re.search(words, reply[:OPENING]))]
    return min(found)[1] if found else None


def advisor() -> Any:
    """The city's own catalogue, and a county in which everything happens."""
    from hotline.base.people.directory import directory
    from hotline.work.dispatch import queries

    known = directory()
    county = next(
        code
        for code, one in known.places.items()
        if one.level == "county" and known.handler(code, queries.catalogue().on)[0]
    )
    return queries._advisor(queries.catalogue(), known), county


def hits(folder: Path) -> list[Figure]:
    """The shares, each with how many messages it is of."""
    from hotline.work.dispatch.suggesting import Asked

    asks, county = advisor()
    handler, _ = asks.known.handler(county, asks.on)
    local = asks.known.node_of(handler, asks.on).key
    spent, firsts, thirds, none, of = list[float](), 0, 0, 0, 0
    everyone = 0
    for row in rows(folder / "replied_dev.csv"):
        everyone += 1
        unit = replied_by(row["reply"])
        if unit is None:
            continue
        unit = local if unit == "@place" else unit
        before = time.thread_time()
        found = asks.suggest(Asked(row["subject"], row["body"], county))
        spent.append(time.thread_time() - before)
        keys = [one.unit.key for one in found.suggestions]
        of += 1
        firsts += keys[:1] == [unit]
        thirds += unit in keys[:3]
        none += not any(one.row for one in found.suggestions)
    labelled = [row for row in rows(folder / "dev_labelled.csv") if row["label"] in CLASSES]
    first = third = 0
    for row in labelled:
        named = [one.matter.code[:2] for one in asks.catalogue.named(row["subject"], row["body"])]
        first += named[:1] != [] and named[0] in CLASSES[row["label"]]
        third += bool({*named[:3]} & {*CLASSES[row["label"]]})
    return [
        Figure("dispatch.units_top1", 100 * firsts / of, "%"),
        Figure("dispatch.units_top3", 100 * thirds / of, "%"),
        Figure("dispatch.units_nothing_in_catalogue", 100 * none / of, "%"),
        Figure("dispatch.units_messages", of, f"of {everyone}"),
        Figure("dispatch.classes_top1", 100 * first / len(labelled), "%"),
        Figure("dispatch.classes_top3", 100 * third / len(labelled), "%"),
        Figure("dispatch.classes_messages", len(labelled), ""),
        Figure("dispatch.suggest_rules_cpu_ms", 1000 * statistics.median(spent), "ms"),
    ]


def cost(web: Web) -> list[Figure]:
    """What the two requests cost, sign-in and gate included."""
    asked = {
        "matter": "小区路灯不亮", "content": "丰海路的路灯坏了一个星期，晚上看不见路，请尽快修。" * 5,
        "division": "350503", "address": "东海街道丰海路 12 号",
    }  # fmt: skip
    suggest, queries = measure(web, lambda: web.ask("POST", "/api/v1/dispatch/suggest", body=asked))
    text = {"text": "台商投资区百崎回族乡里春村 12 号"}
    place, _ = measure(web, lambda: web.ask("POST", "/api/v1/dispatch/place", body=text))
    return [
        Figure("dispatch.suggest_cpu_ms", suggest, "ms"),
        Figure("dispatch.suggest_queries", queries, ""),
        Figure("dispatch.place_cpu_ms", place, "ms"),
    ]


def main() -> None:
    """Load the city into a database of one's own, measure cost and hits."""
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HOTLINE_MESSAGES", "")
    with own_database():
        from hotline.project.cli.load import load_city

        load_city()
        web = Web()
        sign_in(web)
        found = cost(web)
        if given:
            found += hits(Path(given))
        record("dispatch", "dispatch", found)


if __name__ == "__main__":
    main()
