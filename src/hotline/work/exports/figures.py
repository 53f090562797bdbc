"""What a city decides about exports."""

from hotline.base.kernel.figures import declare

ROWS = declare("export_rows", 100_000, "一次最多导出多少件", "cases in one export", most=500_000)
ROWS_CLEAR = declare(
    "export_rows_unmasked",
    1000,
    "一次最多导出多少件未脱敏的",
    "cases in one export with unmasked data",
    most=100_000,
)
DAYS = declare("export_days", 7, "导出文件保留几天", "days an export can be downloaded", most=90)
WAITING = declare(
    "exports_waiting_per_person",
    3,
    "每人同时最多几个导出在排队或生成",
    "exports a person may have waiting or running",
    most=50,
)
