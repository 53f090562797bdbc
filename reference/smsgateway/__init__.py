"""A text-message gateway as 腾讯云短信 publishes it (API 2021-01-11): SendSms signed TC3-HMAC-SHA256, receipts and replies
posted to an address.

Written from the published pages alone; it imports nothing of the platform and nothing of the vendor (a test holds it). Its
own process; it stands in tests, and its page shows what the telephones received.
"""
