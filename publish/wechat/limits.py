"""WeChat's numbers that a plan must keep within. From WeChat’s documentation; 待核 where marked."""

from __future__ import annotations

DAILY = {  # calls a day of a new account (API_Call_Limits); ask `Client.quota` for the live numbers
    "draft/add": 1000,
    "draft/get": 500,
    "draft/delete": 1000,
    "draft/update": 1000,
    "draft/count": 1000,
    "draft/batchget": 1000,
    "freepublish/submit": 100,
    "freepublish/get": 100,
    "freepublish/delete": 10,
    "freepublish/getarticle": 100,
    "freepublish/batchget": 100,
    "media/uploadimg": 100_000,
    "material/add_material": 100_000,
    "message/mass/sendall": 100,
    "message/mass/preview": 100,
}
ARTICLES = 8  # 待核: an official number was not seen
TITLE, AUTHOR, DIGEST = 32, 16, 128
SOURCE_URL = 1024  # bytes
CONTENT = 20_000  # fewer than so many characters, tags and all
CONTENT_BYTES = 1024 * 1024  # less than
UPLOADIMG_BYTES = 1024 * 1024  # less than; jpg and png only
MATERIAL_IMAGE_BYTES = 10 * 1024 * 1024
MATERIAL_VIDEO_BYTES = 10 * 1024 * 1024
NEWSPIC = 20  # 待核
MASS_A_DAY = {"subscription": 1}  # 认证订阅号
MASS_A_MONTH = {"service": 4}  # 服务号, for each subscriber
CONFIRM_MINUTES = 30  # API 群发保护: the administrator confirms within so many minutes
