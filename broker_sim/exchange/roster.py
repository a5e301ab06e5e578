"""The stocks of a generated market: codes as configured universes know them, levels invented.

Codes, names, markets and sectors are those of 103 large Korean stocks, so that a configuration
made for the real market finds its symbols. Prices and volumes are round starting points of a
random walk and nothing else; every name says so with (모의).
"""

from dataclasses import dataclass

from broker_sim.exchange.day import Market


@dataclass(frozen=True, slots=True)
class Member:
    """One stock of the generated market."""

    symbol: str
    name: str
    market: Market
    sector: str
    listed_thousands: int  # shares
    start_krw: int
    usual_thousands: int  # shares a day


ROSTER: tuple[Member, ...] = tuple(
    Member(*row)
    for row in (
        ("000100", "유한양행", "KOSPI", "Bio", 80_000, 75_000, 700),
        ("000270", "기아", "KOSPI", "Automotive", 390_000, 120_000, 1_300),
        ("000660", "SK하이닉스", "KOSPI", "Semiconductors", 710_000, 200_000, 3_500),
        ("000720", "현대건설", "KOSPI", "Construction", 110_000, 34_000, 320),
        ("000810", "삼성화재", "KOSPI", "Financial", 46_000, 340_000, 98),
        ("001040", "CJ", "KOSPI", "Steel", 29_000, 130_000, 170),
        ("003490", "대한항공", "KOSPI", "Energy", 370_000, 22_000, 910),
        ("003550", "LG", "KOSPI", "Electronics", 150_000, 81_000, 210),
        ("003670", "포스코퓨처엠", "KOSPI", "Battery", 89_000, 260_000, 310),
        ("004020", "현대제철", "KOSPI", "Steel", 130_000, 30_000, 380),
        ("004170", "신세계", "KOSPI", "Consumer", 9_600, 170_000, 41),
        ("004990", "롯데지주", "KOSPI", "Consumer", 100_000, 26_000, 140),
        ("005300", "롯데칠성", "KOSPI", "Consumer", 9_300, 130_000, 27),
        ("005380", "현대차", "KOSPI", "Automotive", 200_000, 260_000, 940),
        ("005490", "POSCO홀딩스", "KOSPI", "Steel", 81_000, 380_000, 320),
        ("005830", "DB손해보험", "KOSPI", "Financial", 69_000, 100_000, 150),
        ("005930", "삼성전자", "KOSPI", "Semiconductors", 5_900_000, 78_000, 20_000),
        ("006260", "LS", "KOSPI", "Battery", 31_000, 150_000, 660),
        ("006360", "GS건설", "KOSPI", "Construction", 86_000, 15_000, 310),
        ("006400", "삼성SDI", "KOSPI", "Semiconductors", 81_000, 390_000, 300),
        ("009150", "삼성전기", "KOSPI", "Semiconductors", 75_000, 150_000, 390),
        ("009540", "HD한국조선해양", "KOSPI", "Shipbuilding", 71_000, 140_000, 270),
        ("010120", "LS ELECTRIC", "KOSPI", "Battery", 30_000, 40_000, 3_900),
        ("010130", "고려아연", "KOSPI", "Steel", 21_000, 500_000, 50),
        ("010950", "S-Oil", "KOSPI", "Chemicals", 110_000, 68_000, 240),
        ("011170", "롯데케미칼", "KOSPI", "Chemicals", 43_000, 110_000, 130),
        ("011790", "SKC", "KOSPI", "Chemicals", 38_000, 130_000, 840),
        ("012330", "현대모비스", "KOSPI", "Automotive", 91_000, 230_000, 260),
        ("012450", "한화에어로스페이스", "KOSPI", "Defense", 52_000, 220_000, 530),
        ("015760", "한국전력", "KOSPI", "Energy", 640_000, 20_000, 2_100),
        ("017670", "SK텔레콤", "KOSPI", "Telecom", 210_000, 52_000, 460),
        ("018880", "한온시스템", "KOSPI", "Automotive", 1_000_000, 4_800, 3_900),
        ("020560", "아시아나항공", "KOSPI", "Energy", 210_000, 11_000, 180),
        ("024110", "기업은행", "KOSPI", "Financial", 800_000, 14_000, 940),
        ("028050", "삼성E&A", "KOSPI", "Construction", 200_000, 24_000, 840),
        ("028260", "삼성물산", "KOSPI", "Consumer", 170_000, 140_000, 290),
        ("030200", "KT", "KOSPI", "Telecom", 250_000, 36_000, 600),
        ("032640", "LG유플러스", "KOSPI", "Telecom", 430_000, 9_800, 740),
        ("032830", "삼성생명", "KOSPI", "Financial", 200_000, 87_000, 330),
        ("034020", "두산에너빌리티", "KOSPI", "Heavy Industry", 640_000, 19_000, 10_000),
        ("034220", "LG디스플레이", "KOSPI", "Electronics", 500_000, 10_000, 1_900),
        ("034730", "SK", "KOSPI", "Electronics", 73_000, 160_000, 550),
        ("035420", "NAVER", "KOSPI", "IT", 160_000, 180_000, 770),
        ("035720", "카카오", "KOSPI", "IT", 440_000, 45_000, 1_200),
        ("035900", "JYP Ent.", "KOSDAQ", "Entertainment", 36_000, 60_000, 510),
        ("036460", "한국가스공사", "KOSPI", "Energy", 92_000, 39_000, 4_900),
        ("036570", "엔씨소프트", "KOSPI", "IT", 22_000, 200_000, 120),
        ("041510", "에스엠", "KOSDAQ", "Entertainment", 23_000, 83_000, 260),
        ("042660", "한화오션", "KOSPI", "Shipbuilding", 310_000, 31_000, 1_600),
        ("042700", "한미반도체", "KOSPI", "Semiconductors", 95_000, 160_000, 2_100),
        ("047040", "대우건설", "KOSPI", "Construction", 420_000, 3_700, 930),
        ("047810", "한국항공우주", "KOSPI", "Defense", 97_000, 53_000, 620),
        ("051900", "LG생활건강", "KOSPI", "Consumer", 15_000, 420_000, 89),
        ("051910", "LG화학", "KOSPI", "Battery", 71_000, 380_000, 280),
        ("053800", "안랩", "KOSDAQ", "IT", 11_000, 63_000, 32),
        ("055550", "신한지주", "KOSPI", "Financial", 470_000, 47_000, 1_200),
        ("058470", "리노공업", "KOSDAQ", "Semiconductors", 76_000, 53_000, 960),
        ("064350", "현대로템", "KOSPI", "Automotive", 110_000, 38_000, 1_700),
        ("066570", "LG전자", "KOSPI", "Electronics", 160_000, 100_000, 1_200),
        ("068270", "셀트리온", "KOSPI", "Bio", 230_000, 170_000, 660),
        ("069960", "현대백화점", "KOSPI", "Consumer", 23_000, 50_000, 65),
        ("079550", "LIG넥스원", "KOSPI", "Defense", 22_000, 180_000, 280),
        ("086520", "에코프로", "KOSDAQ", "Battery", 140_000, 95_000, 1_400),
        ("086790", "하나금융지주", "KOSPI", "Financial", 280_000, 61_000, 790),
        ("090430", "아모레퍼시픽", "KOSPI", "Consumer", 58_000, 180_000, 320),
        ("096770", "SK이노베이션", "KOSPI", "Chemicals", 170_000, 110_000, 750),
        ("105560", "KB금융", "KOSPI", "Financial", 370_000, 79_000, 1_200),
        ("108320", "LX세미콘", "KOSPI", "Semiconductors", 16_000, 73_000, 120),
        ("112610", "씨에스윈드", "KOSPI", "Battery", 42_000, 50_000, 360),
        ("128940", "한미약품", "KOSPI", "Bio", 13_000, 300_000, 36),
        ("138930", "BNK금융지주", "KOSPI", "Financial", 310_000, 8_300, 660),
        ("141080", "리가켐바이오", "KOSDAQ", "Bio", 37_000, 68_000, 610),
        ("145020", "휴젤", "KOSDAQ", "Bio", 12_000, 220_000, 88),
        ("161390", "한국타이어앤테크놀로지", "KOSPI", "Automotive", 120_000, 45_000, 670),
        ("175330", "JB금융지주", "KOSPI", "Financial", 190_000, 14_000, 330),
        ("185750", "종근당", "KOSPI", "Bio", 14_000, 98_000, 39),
        ("196170", "알테오젠", "KOSDAQ", "Bio", 54_000, 220_000, 1_500),
        ("204320", "HL만도", "KOSPI", "Automotive", 47_000, 42_000, 610),
        ("207940", "삼성바이오로직스", "KOSPI", "Bio", 46_000, 1_100_000, 39),
        ("214370", "케어젠", "KOSDAQ", "Bio", 54_000, 23_000, 200),
        ("240810", "원익IPS", "KOSDAQ", "Semiconductors", 49_000, 36_000, 300),
        ("247540", "에코프로비엠", "KOSDAQ", "Battery", 98_000, 200_000, 630),
        ("251270", "넷마블", "KOSPI", "IT", 82_000, 60_000, 260),
        ("259960", "크래프톤", "KOSPI", "IT", 47_000, 260_000, 160),
        ("263750", "펄어비스", "KOSDAQ", "IT", 64_000, 40_000, 580),
        ("267250", "HD현대", "KOSPI", "Shipbuilding", 79_000, 69_000, 240),
        ("267260", "HD현대일렉트릭", "KOSPI", "Battery", 36_000, 280_000, 630),
        ("280360", "롯데웰푸드", "KOSPI", "Consumer", 9_300, 160_000, 42),
        ("293490", "카카오게임즈", "KOSDAQ", "IT", 90_000, 21_000, 180),
        ("298040", "효성중공업", "KOSPI", "Automotive", 9_300, 370_000, 210),
        ("298050", "HS효성첨단소재", "KOSPI", "Heavy Industry", 4_500, 360_000, 24),
        ("302440", "SK바이오사이언스", "KOSPI", "Bio", 78_000, 55_000, 150),
        ("316140", "우리금융지주", "KOSPI", "Financial", 730_000, 14_000, 1_700),
        ("323410", "카카오뱅크", "KOSPI", "IT", 480_000, 23_000, 860),
        ("326030", "SK바이오팜", "KOSPI", "Bio", 78_000, 83_000, 90),
        ("329180", "HD현대중공업", "KOSPI", "Shipbuilding", 100_000, 140_000, 330),
        ("352820", "하이브", "KOSPI", "Entertainment", 43_000, 200_000, 310),
        ("357780", "솔브레인", "KOSDAQ", "Semiconductors", 7_800, 310_000, 33),
        ("373220", "LG에너지솔루션", "KOSPI", "Battery", 230_000, 360_000, 190),
        ("375500", "DL이앤씨", "KOSPI", "Construction", 39_000, 34_000, 150),
        ("377300", "카카오페이", "KOSPI", "IT", 140_000, 32_000, 380),
        ("403870", "HPSP", "KOSDAQ", "Semiconductors", 82_000, 40_000, 1_500),
        ("950160", "코오롱티슈진", "KOSDAQ", "Bio", 83_000, 14_000, 240),
    )
)
