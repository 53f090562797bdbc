"""The rights this room guards."""

from hotline.base.kernel.rights import declare

declare("party.read", "查看来话人（脱敏）", "See parties, masked")
declare("party.write", "维护来话人的称呼与需要", "Note a party's name, language and needs")
declare("party.reveal", "查看来话人未脱敏信息", "See a party's unmasked data, logged")
