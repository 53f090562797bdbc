"""腾讯云短信 (SMS API 2021-01-11): requests signed TC3-HMAC-SHA256 by the vendor's own library; receipts and replies are
posted to us without a signature, so that our address for them is a secret of its own (api.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hotline.base.notices.gateways import Answer, Receipt, Reply, Unreadable, Verdict

_AGAIN = (
    "InternalError", "RequestLimitExceeded", "LimitExceeded.PhoneNumberThirtySecondLimit", "ResourceUnavailable",
    "LimitExceeded.PhoneNumberOneHourLimit", "LimitExceeded.DeliveryFrequencyLimit", "ServiceUnavailable",
    "FailedOperation.FailResolvePacket",
)  # fmt: skip
_BROKEN = (
    "AuthFailure", "UnauthorizedOperation", "FailedOperation.InsufficientBalanceInSmsPackage", "NoSuchProduct",
    "FailedOperation.SignatureIncorrectOrUnapproved", "FailedOperation.MissingSignatureList", "UnsupportedRegion",
    "InvalidParameterValue.SdkAppIdNotExist", "LimitExceeded.AppDailyLimit", "ResourceInsufficient",
)  # fmt: skip
_NEVER_REACHED = ("NewConnectionError", "ConnectTimeout", "NameResolutionError", "Connection refused")
"""In what the library says of a network that failed: nothing was asked yet. After anything else the gateway may have it."""
TIMEOUT_S = 8


class Tencent:
    """One account at 腾讯云. ``endpoint`` may name a scheme; anything but https is for this machine alone (configured.py)."""

    settings: Mapping[str, str] = {
        "app_id": "",
        "sign": "",
        "region": "ap-guangzhou",
        "endpoint": "https://sms.tencentcloudapi.com",
    }
    secrets: Sequence[str] = ("secret_id", "secret_key")

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        # Here, not above: it takes long to import, and only who sends needs it.
        from tencentcloud.common.credential import Credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile
        from tencentcloud.sms.v20210111.sms_client import SmsClient

        scheme, _, host = settings["endpoint"].rpartition("://")
        http = HttpProfile(protocol=scheme or "https", endpoint=host, reqTimeout=TIMEOUT_S)
        self._client = SmsClient(
            Credential(secrets["secret_id"], secrets["secret_key"]),
            settings["region"],
            ClientProfile("TC3-HMAC-SHA256", http),
        )
        self._app, self._sign = settings["app_id"], settings["sign"]

    def send(self, phone: str, template: str, fields: Sequence[str], reference: str) -> Answer:
        """Hand one message over; ``reference`` comes back in the account's own records."""
        from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
        from tencentcloud.sms.v20210111.models import SendSmsRequest

        request = SendSmsRequest()
        request.SmsSdkAppId, request.SignName, request.TemplateId = self._app, self._sign, template
        request.PhoneNumberSet, request.TemplateParamSet = [f"+86{phone}"], list(fields)
        request.SessionContext = reference
        try:
            status = self._client.SendSms(request).SendStatusSet[0]
        except TencentCloudSDKException as error:
            said = str(error.message)[:300]
            if error.code and not error.code.endswith("NetworkError"):
                return Answer(_verdict(error.code), code=error.code, said=said)
            reached = not any(words in str(error.message) for words in _NEVER_REACHED)
            return Answer("unsure" if reached else "again", code=error.code or "NoAnswer", said=said)
        except Exception as error:  # an answer that is none of the published ones
            return Answer("unsure", code=type(error).__name__, said=str(error)[:300])
        return Answer(
            _verdict(status.Code), status.SerialNo or "", status.Fee, status.Code, str(status.Message)[:300]
        )

    @staticmethod
    def read(body: bytes) -> tuple[list[Receipt], list[Reply]]:
        """Receipts come as a list, a reply alone."""
        try:
            said = json.loads(body)
        except ValueError:
            raise Unreadable("不是 JSON", "not JSON") from None
        try:
            if isinstance(said, list):
                return [_receipt(row) for row in said], []
            return [], [_reply(said)]
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise Unreadable(
                f"缺少或写错：{type(error).__name__} {error}",
                f"missing or wrong: {type(error).__name__} {error}",
            ) from None

    @staticmethod
    def thanks() -> Any:
        """Taken."""
        return {"result": 0, "errmsg": "OK"}

    @staticmethod
    def no_thanks(why: str) -> Any:
        """Not taken: it posts it again."""
        return {"result": 1, "errmsg": why}


def _verdict(code: str) -> Verdict:
    if code == "Ok":
        return "accepted"
    if code.startswith(_AGAIN):
        return "again"
    return "broken" if code.startswith(_BROKEN) else "refused"


def _receipt(row: dict[str, Any]) -> Receipt:
    return Receipt(
        str(row["sid"]),
        row["report_status"] == "SUCCESS",
        str(row["errmsg"])[:60],
        str(row["description"])[:300],
    )


def _reply(row: dict[str, Any]) -> Reply:
    return Reply(str(row["mobile"]), str(row["text"]), datetime.fromtimestamp(int(row["time"]), UTC))
