"""A city's prompts: checked whole, made once, replaced by recordings, remembered apart from the files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.base.kernel.errors import Invalid
from hotline.lines.calls import prompts
from hotline.lines.calls.prompts import sound
from hotline.lines.calls.prompts.build import CannotSpeak
from hotline.project.runtime.switch import Tools

HEADER = "id,language,text,voice,tone\n"


def make(home: Path, rows: list[prompts.Prompt], toolbox: Tools, recorded: Path | None = None) -> int:
    return prompts.build(home, rows, espeak=toolbox.espeak, sox=toolbox.sox, recorded=recorded)


def files(home: Path, key: str) -> dict[str, bytes]:
    folder = prompts.path(home, "x").parent
    return {e: (folder / f"{key}.{e}").read_bytes() for e in ("wav", "alaw", "ulaw")}


def test_telephone_numbers_are_read_digit_by_digit() -> None:
    text = prompts.Prompt("a", "zh-CN", "12333热线已委托12345接听，2个工作日", "cmn")
    assert prompts.spoken(text) == "幺二三三三热线已委托幺二三四五接听，2个工作日"
    assert prompts.spoken(prompts.Prompt("a", "en", "Dial 12345.", "en-gb")) == "Dial 1 2 3 4 5."


def test_a_wrong_list_is_refused_whole_with_every_fault_and_its_line(tmp_path: Path) -> None:
    path = tmp_path / "prompts.csv"
    path.write_text(
        HEADER + "# note\nok,zh-CN,好,cmn,\n../x,zh-CN,好,cmn,\nok,zh-CN,再,cmn,\nt,zh-CN,,cmn,4x/1\n"
    )
    with pytest.raises(Invalid) as refused:
        prompts.read(path)
    assert sorted(fault.where for fault in refused.value.faults) == [
        "prompts.csv:4:1 id",
        "prompts.csv:5:1 id",
        "prompts.csv:6:3 text",
        "prompts.csv:6:5 tone",
    ]
    assert "与第 3 行重复" in [fault.zh[-8:] for fault in refused.value.faults if "重复" in fault.zh]
    assert any("repeats line 3" in fault.en for fault in refused.value.faults)


def test_what_has_not_changed_is_not_made_again(tmp_path: Path, toolbox: Tools) -> None:
    one = prompts.Prompt("one", "zh-CN", "您好。", "cmn")
    two = prompts.Prompt("two", "zh-CN", "再见。", "cmn")
    assert make(tmp_path, [one, two], toolbox) == 2
    before = files(tmp_path, "two")
    assert make(tmp_path, [one, two], toolbox) == 0
    assert make(tmp_path, [prompts.Prompt("one", "zh-CN", "早上好。", "cmn"), two], toolbox) == 1
    assert files(tmp_path, "two") == before
    assert make(tmp_path, [two], toolbox) == 0
    assert list(prompts.load(tmp_path)) == ["two"], "a prompt no longer listed is no longer known"


def test_what_one_home_has_spoken_is_copied_to_another_and_neither_can_spoil_the_other(
    tmp_path: Path, toolbox: Tools
) -> None:
    one, other, third = (tmp_path / name for name in ("one", "other", "third"))
    rows = [prompts.Prompt("hello", "zh-CN", "您好", "cmn", ())]
    tools = {"espeak": toolbox.espeak, "sox": toolbox.sox, "kept": tmp_path / "kept"}
    prompts.build(one, rows, **tools)
    prompts.path(one, "hello").with_suffix(".alaw").write_bytes(b"spoilt")
    no_voice = {**tools, "espeak": tmp_path / "none"}
    prompts.build(other, rows, **no_voice)
    assert prompts.load(other)["hello"].seconds == prompts.load(one)["hello"].seconds
    prompts.build(third, rows, **no_voice)
    sounds = [prompts.path(home, "hello").with_suffix(".alaw").read_bytes() for home in (one, other, third)]
    assert sounds[0] == b"spoilt"
    assert sounds[1] == sounds[2] != b"spoilt"


def test_a_lost_sound_file_is_made_again(tmp_path: Path, toolbox: Tools) -> None:
    one = prompts.Prompt("one", "zh-CN", "您好。", "cmn")
    make(tmp_path, [one], toolbox)
    prompts.path(tmp_path, "one").with_suffix(".alaw").unlink()
    assert make(tmp_path, [one], toolbox) == 1
    assert all(files(tmp_path, "one").values())


def test_fingerprints_do_not_follow_a_swapped_file(tmp_path: Path, toolbox: Tools) -> None:
    rows = [prompts.Prompt("one", "zh-CN", "您好。", "cmn"), prompts.Prompt("two", "zh-CN", "再见。", "cmn")]
    make(tmp_path, rows, toolbox)
    before = (tmp_path / "prompts/fingerprints.json").read_text()
    for extension in ("wav", "alaw", "ulaw"):
        shutil.copy(
            prompts.path(tmp_path, "two").with_suffix(f".{extension}"),
            prompts.path(tmp_path, "one").with_suffix(f".{extension}"),
        )
    make(tmp_path, rows, toolbox)
    assert (tmp_path / "prompts/fingerprints.json").read_text() == before


def test_a_recording_replaces_the_synthesiser(tmp_path: Path, toolbox: Tools) -> None:
    one = prompts.Prompt("one", "zh-CN", "您好。", "cmn")
    make(tmp_path, [one], toolbox)
    before = files(tmp_path, "one")
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    sound.write_wav(recorded / "one.wav", sound.tone([(600, 500), (0, 200), (900, 500)]))
    assert make(tmp_path, [one], toolbox, recorded) == 1
    assert files(tmp_path, "one") != before
    assert make(tmp_path, [one], toolbox, recorded) == 0


def test_every_prompt_is_equally_loud(spoken_home: Path, catalogue: list[prompts.Prompt]) -> None:
    for prompt in prompts.spelt_out(catalogue):
        if prompt.tone or prompt.voice == "music":
            continue
        samples = sound.read_wav(
            prompts.path(spoken_home, prompt.id, prompt.language).with_name(f"{prompt.key}.wav")
        )
        frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
        power = (frames**2).mean(axis=1)
        loudness = float((power[power > power.max() * 0.01].mean()) ** 0.5)
        assert loudness == pytest.approx(sound.SPEECH_LEVEL, rel=0.35), prompt.key
        assert abs(samples).max() < 1


def test_a_vacant_announcement_longer_than_six_seconds_is_refused(tmp_path: Path, toolbox: Tools) -> None:
    long = prompts.Prompt("vacant", "zh-CN", "您拨打的号码是空号，" * 4, "cmn", ((450, 100), (0, 100)))
    with pytest.raises(CannotSpeak, match="超过"):
        make(tmp_path, [long], toolbox)


def test_the_citys_vacant_prompt_begins_with_the_vacant_tone(spoken_home: Path) -> None:
    from hotline.lines.calls.probe.hearing import tones_in

    vacant = sound.read_wav(prompts.path(spoken_home, "vacant").with_suffix(".wav"))
    assert [tone.name for tone in tones_in(vacant)] == ["vacant"]
    assert len(vacant) / sound.RATE <= 6


def test_homes_that_start_at_once_keep_the_same_words_without_disturbing_each_other(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from hotline.lines.calls.prompts import fingerprint\n"
        "for _ in range(300): fingerprint.save(Path(sys.argv[1]), {})"
    )
    kept = tmp_path / "fingerprint.json"
    homes = [subprocess.Popen([sys.executable, "-c", code, str(kept)]) for _ in range(3)]
    assert [home.wait(60) for home in homes] == [0, 0, 0]
    assert [file.name for file in tmp_path.iterdir()] == ["fingerprint.json"]
