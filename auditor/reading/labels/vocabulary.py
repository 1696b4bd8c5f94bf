"""Labels of licence pages in zh-CN, zh-TW, en, ja, de and fr, by what they name; licensing reference §6.3, as data.

A page's own `labels:` always win; a family serves where a field names none, and proposes roles to `auditor profile`.
Several labels per role are needed because products rename them: GitLab's `users over license` became
`users over subscription`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from auditor.document.normalisation import comparison_form
from auditor.model.targets.deployments import FieldSpec


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", "|").split("|") if part.strip())


LABEL_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "used": _split(
            """已用|已用数|已用数量|已用户数|已使用|已使用数|已使用用户数|已用授权|已用授权数|已用许可
            已用许可数|已注册数|已注册用户数|已注册数量|当前分馆数量|当前用户数|当前用户数量|当前数量
            当前在用|使用数量|在用数量|已激活|已激活数|已分配|已占用|用户总数|在线用户数|已使用數|已用數量
            已使用數量|目前使用者數|目前用戶數|已註冊數|已啟用|使用中|In use|Used|Used seats|Seats used
            Seats in use|Seats currently in use|Users in use|Active users|Current users|Billable users
            Used licenses|Used licences|Licenses used|Licences used|Licensed users in use|current_usage
            Allocated|Assigned|Assigned licenses|Consumed|Registered users|User count|Total users
            Number of users|利用済み|利用済みのライセンス数|利用中のライセンス数|使用中のユーザー数
            利用者数|現在のユーザー数|使用ライセンス数|使用数|Belegt|Verwendet|Belegte Lizenzen
            Verwendete Lizenzen|Genutzte Lizenzen|Aktive Benutzer|In Benutzung|Utilisées|Utilisés
            Licences utilisées|Utilisateurs actifs|Quantité utilisée"""
        ),
        "cap": _split(
            """授权数|授权数量|授权用户数|授权用户数量|授权点数|授权总数|许可数|许可数量|许可用户数
            分馆授权数量|最大用户数|最大用户数量|最大连接数|最大并发数|并发连接数|最大分馆数|用户数上限
            用户上限|授权上限|购买数量|允许用户数|授权节点数|授權數|授權數量|授權用戶數|授權使用者數
            最大使用者數|許可數量|使用者上限|最大用戶數|Seats in subscription|Seats|Total seats
            Purchased seats|Seats purchased|Licensed users|Licensed seats|Maximum users|Max users
            Max. users|User limit|Seat limit|Users allowed|Allowed users|License limit|Licence limit
            Licenses purchased|Total quantity|max_nodes|maximumNumberOfUsers|Number of licenses
            Number of licences|Purchased|Entitled|Quota|Limit|契約ライセンス数|ライセンス数|契約ユーザー数
            現在の契約ユーザー数(上限)|ユーザー数(上限)|ユーザー数上限|最大ユーザー数|購入ライセンス数
            Lizenziert|Lizenzierte Benutzer|Anzahl Lizenzen|Lizenzen gesamt|Maximale Benutzer
            Benutzerlimit|Quantité totale|Licences achetées|Nombre de licences|Utilisateurs autorisés
            Limite d'utilisateurs"""
        ),
        "remaining": _split(
            """剩余|剩余数|剩余数量|剩余授权|剩余用户数|可用数量|可用数|剩餘|剩餘數量|可用數量
            Remaining|Remaining seats|Seats remaining|Available|Available seats|Rights available
            Licenses available|Seats left|残ライセンス数|残り|残数|残ユーザー数|Verfügbar
            Verfügbare Lizenzen|Frei|Quantité disponible|Disponibles|Restantes"""
        ),
        "peak": _split(
            """历史最大|历史最大用户数|峰值|最高在线|最高在线用户数|最大同时在线|歷史最大|尖峰
            Max seats used|Max users used|Maximum seats used|Peak|Peak users|Peak usage|highest_usage
            hwm_quantity|High-water mark|最大利用数|最大同時利用数|Höchststand|Maximum atteint"""
        ),
        "over": _split(
            """超出|超出数量|超额|超用|超出數量|超額|Seats owed|Users over subscription
            Users over license|Users over licence|Overage|超過|超過数|Überschritten|Überschreitung
            Dépassement"""
        ),
        "listed": _split(
            """总条数|记录总数|列表总数|總筆數|Total records|Total rows|件数|Einträge|Nombre d'éléments"""
        ),
        "licensee": _split(
            """授权单位|授权给|授权对象|被授权方|被授权单位|客户名称|单位名称|公司名称|用户名称
            License持有者|注册单位|使用单位|授權單位|客戶名稱|公司名稱|授權給|Licensed to|Licensee
            issued_to|Issued to|Registered to|Customer|Company|Organization|Organisation|契約者|契約者名
            ライセンス先|会社名|Lizenznehmer|Lizenziert für|Kunde|Titulaire|Client|Licence accordée à"""
        ),
        "edition": _split(
            """授权版本|版本类型|产品版本|软件版本类型|授权类型|版本级别|服务器颁布类型|授權版本
            版本類型|Edition|Plan|Tier|License type|Licence type|Subscription|Product edition|エディション
            ライセンス種別|プラン|Lizenztyp|Édition|Type de licence"""
        ),
        "version": _split(
            """系统版本|版本号|软件版本|当前版本|程序版本|系統版本|版本號|Version|Software version
            Product version|Build|バージョン|Softwareversion|Version du logiciel"""
        ),
        "registered_on": _split(
            """注册授权日期|注册日期|授权日期|激活日期|授权开始日期|註冊日期|授權日期|Registered on
            Registration date|Activated on|Activation date|Issued on|Issue date|Licensed since|Start date
            登録日|発行日|Registriert am|Ausgestellt am|Date d'activation|Date d'émission"""
        ),
        "ends": _split(
            """有效日期|有效期|有效期至|授权使用日期|到期时间|到期日期|授权到期时间|截止日期|有效期限
            到期日|Expires|Expires on|Expiry date|Expiration date|expiry_date|Valid until|Valid to
            Subscription end date|maintenanceExpiryDate|gracePeriodEndDate|End date|有効期限|Gültig bis
            Ablaufdatum|Date d'expiration|Valable jusqu'au"""
        ),
        "serial": _split(
            """序列号|授权码|注册码|机器码|授权编号|序號|序列號|授權碼|Serial|Serial number|License key
            Licence key|License ID|SEN|supportEntitlementNumber|Instance ID|Server ID|serverId|uid
            System ID|Hardware ID|システムキー|シリアル番号|Seriennummer|Lizenzschlüssel|Numéro de série"""
        ),
        "icp": _split("""ICP备案号|备案号|ICP备案|网站备案号"""),
        "cluster_mode": _split("""总分馆模式|集群模式"""),
    }
)
"""From field id, or count role, to the labels that name it."""

COLUMN_HEADERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "code": _split(
            """代码|编码|编号|馆代码|分馆代码|分馆编号|机构代码|代碼|編號|Code|ID|Identifier|No.|Key
            コード|番号|Kennung|Nummer|Identifiant"""
        ),
        "name": _split(
            """名称|分馆名称|馆名|馆名称|机构名称|单位名称|姓名|用户姓名|昵称|名稱|姓名|Name|Full name
            Display name|Title|名前|氏名|名称|Bezeichnung|Nom"""
        ),
        "kind": _split(
            """类型|分馆类型|馆类型|性质|角色|類型|角色|Type|Kind|Role|Category|種別|種類|Typ|Art|Rolle
            Type|Rôle"""
        ),
        "added_on": _split(
            """添加时间|创建时间|注册时间|添加日期|创建日期|加入时间|新增時間|建立時間|Added|Added on
            Created|Created on|Created at|Creation date|Date added|Registered|Joined|登録日|登録日時
            作成日|作成日時|Erstellt|Erstellt am|Angelegt am|Créé le|Date de création|Ajouté le"""
        ),
        "login": _split(
            """登录名|用户名|账号|帐号|登录账号|帳號|使用者名稱|Login|Username|User name|User|Account
            Email|E-mail|ログイン名|ユーザー名|アカウント|Benutzername|Anmeldename
            Identifiant de connexion|Nom d'utilisateur"""
        ),
    }
)
"""From column id to the headers that name it."""


def labels_of(spec: FieldSpec) -> tuple[str, ...]:
    """The field's own labels, or, where it names none, the family of its id, else of its role."""
    if spec.labels or spec.selector or spec.pointer or spec.pattern:
        return spec.labels
    return LABEL_FAMILIES.get(spec.id) or LABEL_FAMILIES.get(spec.role or "", ())


FAMILY_OF: Final[Mapping[str, str]] = MappingProxyType(
    {comparison_form(label): family for family, known in LABEL_FAMILIES.items() for label in known}
)
"""From a label in the form it is compared in to its family."""

COLUMN_OF: Final[Mapping[str, str]] = MappingProxyType(
    {comparison_form(header): column for column, known in COLUMN_HEADERS.items() for header in known}
)
