"""接口描述 / the API's description (OpenAPI), written to a file or compared with one"""

from __future__ import annotations

import json
from pathlib import Path

import click

NEEDS_DJANGO = True


@click.command()
@click.option(
    "--check", is_flag=True, help="只比较，不一致则退出码 1 / only compare; exit 1 when the file is stale"
)
@click.argument("path", type=click.Path(path_type=Path), default=Path("console/openapi.json"))
def command(check: bool, path: Path) -> None:
    """把接口描述写到 PATH，管理台的类型由它生成。

    Write the OpenAPI document to PATH; the console's types are generated from it.
    """
    from hotline.project.api import api

    text = (
        json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"
    )
    if not check:
        path.write_text(text, encoding="utf-8")
    elif not path.is_file() or path.read_text(encoding="utf-8") != text:
        raise click.ClickException(
            f"{path} 与接口不一致，请运行 hotline openapi / stale: run `hotline openapi`, then `npm run api`"
        )
