"""Five systems that are compared: what each of their sixteen screens holds. Invented, but for the names of the screens.

The screens of the licensed system and of its copy have the names that the judgment lists; their fields are invented.
The copy has another name, other colours, another company and other data, and nothing else. Two systems are built on the
same framework and the same skeleton of a page; one has nothing in common with the others but its trade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class InputDesign:
    """One field of a form."""

    label: str
    name: str
    length: int


@dataclass(frozen=True, slots=True)
class ScreenDesign:
    """One screen: its name, its form, its buttons and the columns of its list."""

    id: str
    group: str
    name: str
    inputs: tuple[InputDesign, ...]
    buttons: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SystemDesign:
    """One system as it is served."""

    id: str
    product: str
    company: str
    version: str
    colour: str
    skeleton: Literal["framed", "plain"]
    """How a page is built: with the framework's frame that three systems share, or in its own way."""
    script: str
    """Name of its own script among the pages of the garden."""
    cookie: str
    place: str
    """Prefix of its invented rows."""
    screens: tuple[ScreenDesign, ...]
    notice: str = ""
    """A line of its own at the foot of each screen."""


IDS = (
    "login", "navigation", "main", "preorder", "order", "acceptance", "query", "log_result", "simple", "marc",
    "spine", "import", "classes", "catalogue_log", "holdings_query", "holdings_log",
)  # fmt: skip
"""The sixteen screens in the order of the judgment."""

_LICENSED = """
系统|系统登录|馆员工号:ygh:20,登录口令:dlkl:32,所在分馆:szfg:12|进入系统,重填工号|
系统|系统导航|快捷菜单:kjcd:16,常用模块:cymk:16|自定义导航,恢复默认导航|模块名称,上次进入,使用次数
系统|系统主界面|今日借出:jrjc:8,今日还回:jrhh:8,超期未还:cqwh:8|刷新概况,导出概况|分馆名称,今日借出册数,今日还回册数,超期册数
采访|预订批次管理|预订批次号:ydpch:20,批次名称:pcmc:40,预订起始日:ydqsr:10,书商代码:ssdm:8,经费来源:jfly:16|查批次,新建批次,结束批次|预订批次号,批次名称,书商代码,预订种数,预订码洋
采访|直接预订|书目来源:smly:10,标准书号:bzsh:17,正题名:ztm:60,订购复本:dgfb:4,分配馆藏地:fpgcd:12|加入预订,查重书目|标准书号,正题名,著者,订购复本,码洋
采访|直接验收处理|验收批次:yspc:20,发票号码:fphm:24,到货册数:dhcs:6,验收馆员:ysgy:16|开始验收,退回书商|条码号,正题名,验收册数,实洋
采访|订购单查询|订购单号:dgdh:20,订购年度:dgnd:4,到书状态:dszt:6|查订购单,打印订购单|订购单号,书商名称,订购种数,到书率
采访|采访日志统计结果|日志起日:rzqr:10,日志止日:rzzr:10,操作馆员:czgy:16|统计采访日志,导出采访日志|操作馆员,预订次数,验收次数,撤订次数
编目|书目操作简单编目|题名拼音:tmpy:60,责任者:zrz:40,分类索书号:flssh:24,种次号:zch:8|存简目,转为完全级|题名拼音,责任者,分类索书号,馆藏册数
编目|书目操作MARC编目|头标区:tbq:24,记录标识号:jlbsh:16,题名与责任说明:tmyzr:120,本馆附注:bgfz:80|校验MARC,存入书目库,套用模板|字段号,指示符一二,子字段内容
编目|书标打印|起始条码:qstm:14,终止条码:zztm:14,书标规格:sbgg:10,打印偏移:dypy:4|预览书标,连续打印|条码号,索书号首行,索书号次行
编目|套录数据导入|数据文件:sjwj:120,字符编码集:zfbmj:12,重复处理:cfcl:8|载入文件,执行套录|序号,题名预览,查重结果
编目|书目分类统计|分类表:flb:12,统计级次:tjjc:2,入藏起日:rcqr:10|按类统计,绘制饼图|大类,种数合计,册数合计,占比
编目|编目日志统计|编目起日:bmqr:10,编目止日:bmzr:10,编目馆员:bmgy:16|统计编目日志,清空条件|编目馆员,新编条数,修改条数,删除条数
典藏|典藏日志查询|典藏条码:dctm:14,调拨单号:dbdh:20,典藏动作:dcdz:8|查典藏日志,还原查询|典藏条码,典藏动作,原馆藏地,现馆藏地
典藏|典藏日志统汁|典藏起日:dcqr:10,典藏止日:dczr:10,经手馆员:jsgy:16|统计典藏日志,另存表格|经手馆员,入藏册数,调拨册数,剔除册数
"""
_OTHER_LIBRARY = """
Access|工作人员登录|用户名:staff_user:40,密码:staff_pass:40,流通点:circ_point:20|登录,忘记密码|
Access|起始页|检索馆藏:opac_q:80|检索,高级检索|公告标题,发布人
Access|今日概览|外借数:kpi_out:8,归还数:kpi_in:8|刷新|读者证号,外借数,归还数
Acq|采购单|供应商:vendor_sel:30,预算科目:fund_code:20,采购单名:basket_name:60|新建采购单,关闭采购单|采购单名,供应商,册数,金额
Acq|荐购处理|荐购人:suggested_by:30,书名:sug_title:80|接受,拒绝|书名,荐购人,状态
Acq|到货登记|发货单:shipment_no:30,运费:shipping_cost:10|收货,完成收货|书名,册数,单价
Acq|发票|发票编号:invoice_nr:30,开票日:billing_date:10|查找,合并发票|发票编号,供应商,金额
Acq|预算报告|预算年:budget_period:4,科目:budget_sel:20|提交|科目,已用,余额
Cat|快速编目|书名:fa_title:80,作者:fa_author:60|保存,添加单册|书名,作者,出版年
Cat|高级编目|编目框架:framework_code:10,记录:record_area:9999|保存记录,Z39.50检索|标签,内容
Cat|标签制作|标签模板:label_tpl:20,批次:label_batch:10|生成PDF|条码,索书号
Cat|批量导入|文件:stage_file:200,匹配规则:match_rule:20|上传,开始导入|记录,状态
Cat|馆藏报告|图书馆:rpt_branch:20,文献类型:rpt_itype:20|运行报告|文献类型,数量
Cat|编目员报告|从:rpt_from:10,到:rpt_to:10|运行报告,下载|编目员,新增,修改
Tools|日志查看器|模块:log_module:20,对象:log_object:20|查看日志|时间,馆员,动作
Tools|盘点|位置:inv_loc:20,上次盘点:inv_seen:10|提交盘点|条码,书名,位置
"""
_CRM = """
系统|系统登录|用户名:crm_account:40,密码:crm_secret:40|登录|
系统|工作台|待办事项:todo_filter:20|新建待办,标记完成|事项,负责人,截止日
系统|销售看板|本月目标:goal_month:10,本月回款:paid_month:10|刷新|部门,目标,回款
线索|线索管理|线索来源:lead_source:20,公司名称:lead_company:60,联系电话:lead_phone:20|查询,新建线索,转为客户|公司名称,线索来源,跟进人,状态
线索|公海客户|行业:pool_industry:20,地区:pool_region:20|领取,批量分配|公司名称,行业,上次跟进
线索|市场活动|活动名称:camp_name:60,预算:camp_budget:12|新建活动,结束活动|活动名称,预算,线索数
客户|客户档案|客户级别:acc_level:6,客户经理:acc_owner:20|查询,新建客户|客户名称,客户级别,客户经理
客户|联系人|姓名:con_name:30,职务:con_title:30|新建联系人,合并联系人|姓名,职务,手机
客户|拜访记录|拜访日期:visit_on:10,拜访方式:visit_kind:10|登记拜访|客户名称,拜访日期,小结
商机|商机管理|商机阶段:opp_stage:12,预计金额:opp_amount:14|查询,推进阶段,输单|商机名称,商机阶段,预计金额
商机|报价单|报价编号:quote_no:20,折扣率:quote_off:5|生成报价,发送客户|产品,数量,折后价
商机|合同管理|合同编号:deal_no:24,签订日期:deal_on:10|新建合同,归档|合同编号,客户名称,合同金额
回款|回款计划|期次:plan_no:4,计划日期:plan_on:10|新增期次|合同编号,计划日期,计划金额
回款|开票申请|开票抬头:bill_title:60,税号:bill_tax:24|提交申请,作废|开票抬头,金额,状态
报表|业绩排名|统计月份:rank_month:7|统计,导出|销售员,签单数,回款额
报表|漏斗分析|时间范围:funnel_range:20|分析|商机阶段,数量,转化率
"""
_PLAIN = """
入口|读者服务平台|借阅证号:cardno:20,口令:pin:20|进入|
入口|首页|全文检索:fulltext:80|搜|栏目,更新
入口|值班台|读者刷卡:swipe:20|放行,登记|时刻,读者,事由
图书|新书通报|上架周:week:10|看新书|书名,作者,架位
图书|征集意见|想看的书:wish:80,理由:reason:200|投递|想看的书,票数
图书|收书|箱号:boxno:10,件数:pieces:6|点收|箱号,件数,经办
图书|对账|往来单位:party:40,月份:month:7|对账|往来单位,应付,已付
图书|开支|科目名:subject:20|汇总|科目名,开支
图书|登记新书|书脊文字:spinetext:40,来源:origin:20|登记|书脊文字,来源
图书|著录|著录项:entryfield:40|著录,撤销|著录项,内容
图书|贴签|张数:sheets:4|出签|张号,文字
图书|合并旧库|旧库路径:oldpath:200|合并|表名,条数
图书|架位图|楼层:floor:2|画图|架位,本数
图书|谁登记了什么|某人:who:20|列出|某人,本数
架上|找一本|书名片段:fragment:60|找|书名,架位,在架
架上|错架|巡架人:walker:20|报告错架|书名,应在,实在
"""


def _screens(text: str) -> tuple[ScreenDesign, ...]:
    found = []
    for id_, line in zip(IDS, text.strip().splitlines(), strict=True):
        group, name, inputs, buttons, columns = line.split("|")
        made = (one.split(":") for one in inputs.split(","))
        fields = tuple(InputDesign(label, own, int(length)) for label, own, length in made)
        found.append(
            ScreenDesign(
                id_, group, name, fields, tuple(buttons.split(",")), tuple(columns.split(",")) if columns else ()
            )
        )
    return tuple(found)


LICENSED = SystemDesign(
    "licensed", "LIBNET图书馆集群管理系统", "广州某科技有限公司", "旗舰版V1.2.2", "#1f5fa8", "framed",
    "compared_licensed.js", "LIBNETSID", "陶塘县", _screens(_LICENSED), "图书馆集群授权信息以本系统注册页为准",
)  # fmt: skip
COPY = SystemDesign(
    "copy", "城市之光图书馆管理系统", "安徽某图书有限公司", "旗舰版V1.2.2", "#b33a2b", "framed", "compared_copy.js",
    "LIBNETSID", "青弋县", _screens(_LICENSED), "图书馆集群授权信息以本系统注册页为准",
)  # fmt: skip
OTHER_LIBRARY = SystemDesign(
    "other-library", "山海图书馆系统", "山海软件", "22.11", "#2b7a3d", "framed", "compared_other.js",
    "SHSESSION", "临河县", _screens(_OTHER_LIBRARY),
)  # fmt: skip
CRM = SystemDesign(
    "crm", "行远客户管理", "行远网络", "5.3", "#5a3d8a", "framed", "compared_crm.js", "XYSESS", "东湖区", _screens(_CRM)
)
PLAIN = SystemDesign(
    "plain", "小城书屋", "小城书屋志愿者", "2019", "#444444", "plain", "compared_plain.js", "bookroom", "小城",
    _screens(_PLAIN),
)  # fmt: skip
DESIGNS: Mapping[str, SystemDesign] = MappingProxyType(
    {one.id: one for one in (LICENSED, COPY, OTHER_LIBRARY, CRM, PLAIN)}
)
MARKER = "典藏日志统汁"
"""A misspelling on the licensed system's screens (汁 for 计), which its copy shows too. Invented."""
