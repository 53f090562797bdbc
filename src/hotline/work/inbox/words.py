"""What may be made of a message that came in, besides a case."""

from __future__ import annotations

from hotline.work.cases.fields import Word

DISMISSED: dict[str, Word] = {
    word.value: word
    for word in (
        Word("thanks", "致谢，无需办理", "Thanks, nothing to do"),
        Word("answered", "已电话答复", "Answered by telephone"),
        Word("mistake", "误发", "Sent by mistake"),
        Word("spam", "垃圾信息", "Spam"),
    )
}
