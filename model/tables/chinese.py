"""The columns of tables that leave, in Chinese. Pure."""

from __future__ import annotations

_WORDS = """
account 账号; accounts 账号数; active_days 活跃天数; as_of 截至; at 时间;
attempts 尝试次数; calls 调用次数; change 名次变化; city 城市; class 类别; code 代码;
comments 评论数; comments_gained 新增评论; coverage 覆盖率; credential 凭证;
cutoff 统计截止; day 日期; detail 详情; doubtful 存疑账号; ended_at 结束时间; facts 事实;
follower_gain 粉丝增量; followers 粉丝数; followers_end 期末粉丝数;
followers_start 期初粉丝数; handle 用户名; harms 影响; id 编号; index 指数;
interaction_rate 互动率; interactions 互动量; kind 种类; likes 点赞数;
likes_gained 新增点赞; limit 上限; method 方法; name 名称; name_en 英文名; name_zh 城市;
note 备注; outcome 结果; paused 状态; paused_since 起始时间; period 月份; plan 计划;
platform 平台; posts 帖文数; posts_gone 已删帖文; previous_rank 上期名次; primary 主账号;
rank 名次; rank_high 名次上界; rank_low 名次下界; readings 读数; reason 原因;
remedy 处理办法; retry_at 重试时间; revision 修订; scope 范围; score 得分; shares 分享数;
shares_gained 新增分享; slot 计划时间; source 来源; spent 已用; state 状态; subject 对象;
rank_before 此前位次; rank_after 此后位次; score_before 此前得分; score_after 此后得分;
tier 梯队; tz 时区; unit 单位; units 单位数; unread 缺起点; value 数值;
verified_at 核实时间; video_views 视频播放量; videos 视频数; videos_shown 显示播放量的视频;
view_rate 条均播放量; views 浏览量; views_gained 新增浏览; visit 访问; visits 访问数;
why 缘由
"""
_CHINESE = dict(pair.split() for pair in _WORDS.replace("\n", " ").split(";"))


def chinese_head(column: str) -> str:
    """A column's name in Chinese, as far as there is one: of `missing.likes` both parts."""
    parts = column.split(".")
    return ".".join(_CHINESE.get(part, part) for part in parts)
