"""The columns of tables that leave, in Chinese. Pure."""

from __future__ import annotations

_WORDS = """
factor 因素; first 一阶份额; first_error 一阶误差; total 总份额; total_error 总误差;
about 关于; account 账号; accounts 账号数; active_days 活跃天数; after 此后; alerts 告警; alpha α;
as_of 截至; at 时间; attempts 尝试次数; before 此前; breaks 口径变化; broken 损坏; calls 调用次数;
change 名次变化; changed 改动; channel 渠道; cities 城市; city 城市; claimed_at 时间; class 类别;
code 代码; collected 已采集; comments 评论数; comments_gained 新增评论; contribution 贡献;
country 国家; country_unknown 国家未知; counts 计数; coverage 覆盖率; crawlers 爬虫;
created_at 建立时间; credential 凭证; criterion 准则; cutoff 统计截止; day 日期; day_of_week 星期;
despite 所持理由; detail 详情; digest 摘要值; disabled 已停用; disk_gb 磁盘GB; dollars 美元;
dollars_forecast 预计美元; dollars_month 本月美元; domain 域名; doubtful 存疑账号; doubts 疑点;
due 应读; editions 语言版本数; ended_at 结束时间; error 错误; exact 完全一致; expected 应有;
expires_at 失效时间; facts 事实; family 文件类别; fault 何处; field 字段; follower_gain 粉丝增量;
followers 粉丝数; followers_end 期末粉丝数; followers_start 期初粉丝数;
followers_step 粉丝数取整步长; forecast 预计; from 来自; given_up 已放弃; handle 用户名;
handle_now 现用名; harms 影响; hits 影响调用; hour 小时; id 编号; index 指数;
interaction_rate 互动率; interactions 互动量; items 项数; job 任务; kind 种类; kinds 种类;
language 语言; last 最近运行; last_seen 最近所见; last_success 最近成功; latest 最近; left 剩余;
level 层级; likes 点赞数; likes_gained 新增点赞; limit 上限; mainstream_articles 主流媒体文章;
mb MB; mean 均值; media_articles 文章数; media_countries 国家数; media_languages 语言数;
media_outlets 媒体数; memory_gb 内存GB; method 方法; method_version 方法版本; milder 偏宽;
missed 漏读; missing 缺失; model 模型; mongod_cores mongod核数; month_forecast 本月预计;
month_spent 本月已用; months 月份; most 最忙; name 名称; name_en 英文名; name_zh 城市; node 节点;
nominal 名次; note 备注; noted 记录日期; observed_at 读取时间; of 应评; off_time 读取偏时; ok 通过;
oldest_minutes 最早（分钟）; one_time 一次性密码; ordinal 定序α; outcome 结果; outcomes 结果;
over 结束; pass_dollars 一遍美元; pass_units 一遍单位; paused 状态; paused_since 起始时间;
period 月份; piece 部分; plan 计划; planned 待采集; platform 平台; positive_articles 正面文章;
positive_reprinted 正面转载; positive_share 正面占比; posts 帖子数; posts_gone 已删帖子;
posts_per_month 每月帖子; previous_rank 上期名次; primary 主账号; proofs 完整依据; published 发布;
published_at 发布时间; rank 名次; rank_after 此后名次; rank_before 此前名次; rank_high 名次上界;
rank_low 名次下界; rated 已评; rater 评分人; reasons 缺失原因; raters 评分人数; readings 读数;
readings_late 迟到读数; reason 原因; recipient 收件人; redelivered 重新投递; remedy 处理办法;
reprint 转载; requeued 已重发; resets_at 更新时间; retry_at 重试时间; revision 修订; revoked 已作废;
role 角色; rows 行数; rule 规则; scope 范围; scope_name 范围; scopes 权限; score 得分;
score_after 此后得分; score_before 此前得分; scored 已评定; severity 级别; share 占比;
shares 分享数; shares_gained 新增分享; shown 计数; signed_in_at 最近登录; since 起始; slot 计划时间;
source 来源; spent 已用; state 状态; steps 取整步长; stories 报道数; subject 对象; text 文字;
texts 文本数; tier 梯队; title 标题; to 目标版本; told 已通知; tone 语调; tries 尝试次数; type 类型;
tz 时区; understood 可读; unit 单位; units 单位数; unread 缺起点; until 直到; url 网址; user 用户;
valkey_cores Valkey核数; value 数值; types 类型; verdict 判定; verified_at 核实时间;
video_views 视频观看量; videos 视频数; videos_shown 显示观看量的视频; view_rate 观看率;
views 观看量; views_gained 新增观看; visit 访问; visits 访问数; visits_running 进行中;
visits_waiting 途中访问; weight 权重; what 事项; whole 完整; why 缘由; within_one 相差1以内;
writers 写入器
"""
_TYPES = """
text 文字; photo 图片; album 图集; video 视频; short 短视频; reel Reels; live 直播; link 链接;
repost 转发; quote 引用; unknown 未知
"""
_PROOFS = "older_post 读到更早的帖子; total 平台给出的总数; end_mark 末页标记; counters 账号计数"


def _pairs(words: str) -> dict[str, str]:
    return dict(pair.split() for pair in words.replace("\n", " ").split(";"))


_CHINESE = _pairs(_WORDS)
_OF_FAMILIES = {"types": _pairs(_TYPES), "proofs": _pairs(_PROOFS)}
"""What stands after the point, where a word means something else than by itself."""


def chinese_head(column: str) -> str:
    """A column's name in Chinese, as far as there is one: of `missing.likes` both parts."""
    family, *parts = column.split(".")
    words = {**_CHINESE, **_OF_FAMILIES.get(family, {})} if parts else _CHINESE
    return ".".join(words.get(part, part) for part in (family, *parts))
