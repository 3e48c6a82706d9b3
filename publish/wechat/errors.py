"""WeChat's error codes: what each means, whose turn it is, and what to do, in Chinese.

Sources: the pages named in the shared reference (全局返回码, draft, freepublish, mass send, stable_token) and, marked [社区],
answers in WeChat's own developer community. `refusal(code, answer)` is all that callers need.
"""

from __future__ import annotations

import re

from publish.wechat.outcome import Kind, Refused, Unknown

FRESH_TOKEN = frozenset({40001, 40014, 42001})  # worth one more try with a fresh token
DUPLICATE = 45065
PLATFORM = "微信开发者平台“我的业务 → 公众号（服务号）→ 基础信息”"
_RETRY_PUSH = "稍后再执行一次推送，会从断开的地方接着做。"
_MAKE_ANEW = "重新生成计划，程序会补上。"
_BACKEND = "请管理员登录公众号后台处理，然后再推送。"
_REPORT = "这多半是程序的毛病，请把这句话发给维护人员。"
_REVISE = "改内容，走完审批，重新生成和计划。"

_BY_KIND: dict[Kind, dict[int, tuple[str, str]]] = {
    Kind.TOKEN: {
        40001: (
            "微信不认这个令牌，或者 AppSecret 不对",
            "核对 AppSecret 和公众号是不是同一个账号的；有没有别的系统也在用这个账号强制换令牌。",
        ),
        40014: ("微信不认这个令牌", _RETRY_PUSH),
        42001: ("令牌过期了", _RETRY_PUSH),
    },
    Kind.CONFIG: {
        40002: ("取令牌的方式微信不认", _REPORT),
        40013: ("AppID 不对", "核对密钥文件或环境变量里的 AppID，注意大小写和空格。"),
        40125: ("AppSecret 不对", f"到{PLATFORM}核对；重置过的话，更新这台机器上的密钥。"),
        40164: (
            "这台机器的出口 IP 不在白名单里",
            f"请管理员到{PLATFORM}把它加进“API IP 白名单”，等几分钟再推送。",
        ),
        40243: ("AppSecret 被冻结了", f"请管理员到{PLATFORM}解冻，10 分钟后生效。"),
        41001: ("请求里没有令牌", _REPORT),
        41002: ("请求里没有 AppID", "核对密钥文件或环境变量里的 AppID。"),
        41004: ("请求里没有 AppSecret", "核对密钥文件或环境变量里的 AppSecret。"),
        43001: ("这个接口要用 GET", _REPORT),
        43002: ("这个接口要用 POST", _REPORT),
        43003: ("这个接口要用 HTTPS", "检查 WEIKE_WECHAT_API 的地址。"),
        48001: (
            "这个公众号没有这项接口的权限",
            "发布接口只给认证过的账号（2025 年 7 月起）：核对认证是否过期；否则只能存草稿，由人在后台发表。",
        ),
        48004: ("这个公众号的接口被微信封禁了", _BACKEND),
        50002: ("账号受限，可能被冻结或注销了", _BACKEND),
        61003: ("公众号没有授权给这个第三方平台", _BACKEND),
        61004: ("这台机器的 IP 没有登记", f"请管理员到{PLATFORM}登记。"),
        61007: ("公众号没有把这项权限授权出去", _BACKEND),
        76003: ("查额度的接口路径不对", _REPORT),
        # 待核: no page of the documentation at hand names the four below
        89503: ("这台机器的 IP 要管理员确认", "请管理员在微信里点同意，一小时内再推送。"),
        89501: ("这台机器的 IP 正在等管理员确认", "请管理员在微信里点同意，然后再推送。"),
        89506: ("管理员 24 小时内拒绝过这个 IP 两次", "与管理员说清楚，24 小时以后再推送。"),
        89507: ("管理员一小时内拒绝过这个 IP", "与管理员说清楚，一小时以后再推送。"),
    },
    Kind.QUOTA: {
        45009: ("这个接口今天的次数用完了", "明天再推送；急用时请管理员在后台清零（每月 10 次）。"),
        45028: (
            "群发次数用完了",
            "订阅号每天 1 次，服务号每月 4 次：等下一天或下个月，或者改为“发布”。",
        ),
        48006: ("本月的 10 次清零机会用完了", "只能等次数恢复。"),
        45018: ("数量到了上限", "在后台清理以后再推送。"),
    },
    Kind.SLOW: {
        45011: ("调用太频繁", "等一分钟再执行一次推送。"),
        45066: ("同一次群发重试太快", "隔一分钟以上再执行一次推送，不会重复发。"),
        42010: ("群发太快", "隔几分钟再执行一次推送，不会重复发。"),  # [社区]
        53501: ("发布太频繁", "等几分钟再执行一次推送。"),
    },
    Kind.CONTENT: {
        40004: ("媒体文件的类型不对", _REVISE),
        40005: ("文件类型不对：正文图片只能是 JPG 或 PNG", _REVISE),
        40006: ("文件大小不对", _REVISE),
        40009: ("图片太大：正文图片要小于 1 MB，素材图片不超过 10 MB", _REVISE),
        40011: ("视频太大：不超过 10 MB", _REVISE),
        40012: ("缩略图太大：不超过 64 KB", _REVISE),
        40033: ("请求里有微信不收的字符", "正文里可能有看不见的控制字符：" + _REVISE),
        40035: ("参数不对", _REPORT),
        40038: ("请求的格式不对", _REPORT),
        40039: ("网址太长", _REVISE),
        40048: ("网址的域名不对", _REVISE),
        40066: ("文章里有微信拦截的网址", "去掉这个外部链接，或者改为已发表的公众号文章链接。"),
        40114: ("文章序号不对", _MAKE_ANEW),
        40137: ("图片格式不对", _REVISE),
        40152: ("群发对象的标签不对", "核对推送文件里的 to：标签要在公众号后台存在。"),
        40155: ("文章里有其他公众号的主页链接", "去掉这个链接。"),
        41005: ("上传的请求里没有文件", _REPORT),
        41006: ("请求里没有 media_id", _REPORT),
        44001: ("上传的文件是空的", _REVISE),
        44002: ("请求是空的", _REPORT),
        44003: ("图文内容是空的", _REVISE),
        44004: ("文本内容是空的", _REVISE),
        45001: ("媒体文件太大", _REVISE),
        45002: (
            "正文太长：连标签要少于 2 万字符、小于 1 MB",
            "看预览里的“篇幅”，把占得多的部分拆开。",
        ),
        45003: ("标题太长：不超过 32 个字", _REVISE),
        45004: ("摘要太长：不超过 128 个字", _REVISE),
        45005: ("原文链接太长：不超过 1 KB", _REVISE),
        45006: ("图片链接太长", _REVISE),
        45008: ("一条推送里的文章太多：最多 8 篇", "分成两条推送。"),
        45067: ("群发编号太长：不超过 64 字节", _REPORT),
        45110: ("作者名太长：不超过 16 个字", _REVISE),
        45166: ("正文里有微信不收的内容", "多半是链接或小程序卡片：" + _REVISE),
        47001: ("微信读不懂请求的 JSON", _REPORT),
        47003: ("参数不合要求", _REPORT),
        53402: ("封面裁剪失败", "换一张封面，或者检查裁剪范围。"),
        61451: ("参数不对", _REPORT),
        61500: ("日期格式不对", _REPORT),
        87009: ("签名不对", _REPORT),
        87014: ("内容可能有风险，微信不收", "按微信的提示修改，" + _REVISE),
    },
    Kind.GONE: {
        40007: ("草稿或素材不在了，可能有人在后台删了", _MAKE_ANEW),
        40059: ("这次群发的编号不在了", "到后台看一看，再重新生成计划。"),
        40118: ("素材编号的长度不对", _MAKE_ANEW),
        40121: ("素材的类型对不上", _MAKE_ANEW),
        46001: ("媒体数据不在了", _MAKE_ANEW),
        53502: ("发布任务的编号不在了", "用 weike status wechat 查一查，再重新生成计划。"),
        53600: (
            "文章的编号不在了，可能已经删除",
            "用 weike status wechat 查一查，再重新生成计划。",
        ),
    },
    Kind.DUPLICATE: {
        45065: ("这一次群发早先已经成功提交，没有重复发", "不用再做。"),
    },
    Kind.PERSON: {
        40003: ("接收预览的人没有关注这个公众号", "请他先关注，再预览。"),
        40132: ("微信号不对", "核对 --preview-to 后面的微信号。"),
        43004: ("接收的人没有关注这个公众号", "请他先关注。"),
        43019: ("接收的人在黑名单里", _BACKEND),
        48002: ("接收的人关闭了接收消息", "请他打开。"),
        48003: ("管理员还没有同意群发协议", "请管理员登录公众号后台点同意，然后再推送。"),
        48005: ("这份素材正被自动回复或菜单用着，不能删", "先在后台解除，再删除。"),
        48008: ("没有发这种消息的权限", _BACKEND),
        53500: ("发布功能被封禁了", _BACKEND),
        53503: ("草稿没有通过发布检查", "到公众号后台打开这份草稿，按提示处理后再推送。"),
        53504: ("要到公众平台官网使用这份草稿", "请人在公众号后台打开草稿，手工发表。"),
        53505: ("要先在后台手动保存", "请人在公众号后台打开草稿，保存一次，再推送。"),
    },
}
_NOBODY_KNOWS = {-1: "微信系统繁忙", -1000: "微信系统出错"}
TABLE = {code: (kind, *words) for kind, codes in _BY_KIND.items() for code, words in codes.items()}
_ADDRESS = re.compile(
    r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])|\bip ([0-9a-fA-F:]*:[0-9a-fA-F:]+)"
)


def refusal(code: int, answer: str) -> Refused | Unknown:
    """Give the outcome for an error code; `answer` is WeChat's own text, already redacted."""
    if code in _NOBODY_KNOWS:
        return Unknown(f"{_NOBODY_KNOWS[code]}，不知道做了没有。", code=code)
    if code not in TABLE:
        said = f"微信返回了没有收录的错误“{answer[:200]}”"
        return Refused(
            Kind.OTHER, code, said, "到微信的“全局返回码”里查这个号码，" + _REPORT, answer
        )
    kind, said, todo = TABLE[code]
    if code in (40164, 61004, 89501, 89503, 89506, 89507):
        said, todo = _named(answer, said, todo)
    return Refused(kind, code, said, todo, answer)


def _named(answer: str, said: str, todo: str) -> tuple[str, str]:
    """Name the address that WeChat saw, which the machine itself can't know."""
    found = _ADDRESS.search(answer)
    if not found:
        return said, todo
    address = found[1] or found[2]
    said = said.replace("这台机器的出口 IP", f"这台机器的出口 IP {address}")
    return said.replace("这台机器的 IP", f"这台机器的 IP {address}"), todo.replace(
        "它", f" {address} "
    )
