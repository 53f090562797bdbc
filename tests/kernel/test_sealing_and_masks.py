"""Personal data at rest and on screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel import masking, sealing


@given(st.text(min_size=1))
def test_what_is_sealed_comes_back_and_is_not_in_the_sealed_bytes(text: str) -> None:
    sealed = sealing.seal(text)
    assert sealing.unseal(sealed) == text
    assert len(text) < 4 or text.encode() not in sealed


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert sealing.seal("13812341234") != sealing.seal("13812341234")


def test_altered_sealed_bytes_are_refused() -> None:
    sealed = bytearray(sealing.seal("张三"))
    sealed[-1] ^= 1
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(bytes(sealed))


def test_a_blind_index_is_equal_for_equal_text_of_one_kind_only() -> None:
    assert sealing.blind_index("phone", "138") == sealing.blind_index("phone", "138")
    assert sealing.blind_index("phone", "138") != sealing.blind_index("identity", "138")
    assert sealing.blind_index("phone", "138") != sealing.blind_index("phone", "139")


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_a_masked_phone_never_shows_more_than_seven_digits(number: str) -> None:
    shown = sum(character.isdigit() for character in masking.phone(number))
    assert shown <= 7
    assert len(number) < 3 or shown < len(number)


def test_masks_look_as_people_know_them() -> None:
    assert masking.phone("13812341234") == "138****1234"
    assert masking.name("张三丰") == "张**"
    assert masking.identity("350500199001011234") == "350*************34"
