"""Controls that a step never presses: by their texts they accept terms or change the deployment. Pure.

A visit may close a dialog. It concludes no agreement in anybody's name and leaves the deployment as it was; a banner
that can only be accepted stays, and the capture is partial.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SUBJECTS: Final = (
    r"terms|conditions|agreement|licen[cs]e|eula|policy|contract|条款|條款|协议|協議|契约|合同|规定|規約|契約|条件|約款|"
    r"nutzungsbedingungen|agb|lizenz|bedingungen|vertrag|conditions|contrat"
)
_ACCEPTING: Final = re.compile(
    rf"(?:\b(?:accept|agree|consent)|同意|接受|承诺|承諾|akzeptier|stimme|zustimm|accepte|j'accepte).*(?:{_SUBJECTS})|"
    rf"(?:{_SUBJECTS}).*(?:\baccept|\bagree|同意|接受|承诺|承諾|akzeptier|zustimm|accepte)|"
    r"^(?:yes,? )?i (?:accept|agree|consent)\b|^(?:accept|agree)(?: (?:and|&) (?:continue|proceed))?$|"
    r"^(?:我)?(?:已阅读并)?(?:同意|接受)(?:并继续|并进入|繼續)?$|^同意(?:する|して続行)$|^ich (?:stimme zu|akzeptiere)|"
    r"^(?:zustimmen|akzeptieren|j'accepte|accepter|동의(?:함|합니다)?)$",
    re.IGNORECASE,
)
_CHANGING_WORDS: Final = """save savechanges applychanges delete remove deactivate activate enable disable suspend
    revoke reset restore upgrade renew buynow purchase ordernow starttrial register import
    保存 保存设置 保存更改 儲存 删除 刪除 移除 激活 立即激活 启用 停用 禁用 注销账号 重置 恢复出厂 升级 立即升级 续费
    立即续费 购买 立即购买 注册 导入 導入 保存する 削除 有効にする 無効にする 更新する speichern löschen entfernen
    aktivieren deaktivieren zurücksetzen enregistrer supprimer activer désactiver"""
_CHANGING: Final = frozenset(_CHANGING_WORDS.split())
"""Whole texts, without spaces."""


def why_not_pressed(text: str) -> str:
    """Why a control with this text is not pressed; empty where nothing speaks against it."""
    said = " ".join(unicodedata.normalize("NFKC", text).split()).strip(" .!。！")
    if _ACCEPTING.search(said):
        return f"{said[:60]!r} accepts terms"
    if "".join(said.lower().split()) in _CHANGING:
        return f"{said[:60]!r} changes the deployment"
    return ""
