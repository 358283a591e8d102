"""Names of people, places and teams in many scripts, each with a Latin form for addresses."""

PEOPLE: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("US", ("Ava/ava", "Noah/noah", "Grace/grace", "Oliver/oliver", "Ruth/ruth", "Ezra/ezra",
            "Priscilla/priscilla",
            "Jo/jo", "Maximilian/maximilian", "Bo/bo", "Harriet/harriet", "Calvin/calvin"),
     ("Carter/carter", "O'Neill/oneill", "Whitfield/whitfield", "Ng/ng",
     "Featherstonehaugh/featherstonehaugh",
      "St. James/stjames", "Brooks/brooks", "Lowe/lowe", "van der Berg/vanderberg", "Reyes-Montgomery/reyes",
      "Ito/ito", "Marsh/marsh")),
    ("DE", ("Jürgen/juergen", "Änne/aenne", "Lukas/lukas", "Käthe/kaethe", "Sören/soeren", "Mia/mia"),
     ("Müller/mueller", "Groß/gross", "Schäfer/schaefer", "Freiherr von Löwenstein/loewenstein", "Weiß/weiss",
      "Öztürk/oeztuerk")),
    ("FR", ("Zoé/zoe", "François/francois", "Éloïse/eloise", "Noël/noel", "Anaïs/anais"),
     ("Lefèvre/lefevre", "d'Aubigné/daubigne", "Béranger/beranger", "Châtelet/chatelet", "Île/ile")),
    ("PL", ("Łukasz/lukasz", "Żaneta/zaneta", "Świętosława/swietoslawa", "Paweł/pawel"),
     ("Wójcik/wojcik", "Brzęczyszczykiewicz/brzeczyszczykiewicz", "Źdźbło/zdzblo", "Nowak/nowak")),
    ("RU", ("Анна/anna", "Дмитрий/dmitri", "Ольга/olga", "Фёдор/fyodor", "Ксения/kseniya"),
     ("Иванова/ivanova", "Щербаков/shcherbakov", "Достоевский/dostoevsky", "Ёлкин/yolkin", "Цой/tsoi")),
    ("GR", ("Ελένη/eleni", "Γιώργος/giorgos", "Αθηνά/athina", "Ξένια/xenia"),
     ("Παπαδόπουλος/papadopoulos", "Ζαχαρίου/zachariou", "Καραγιάννη/karagianni", "Ωνάσης/onasis")),
    ("AE", ("محمد/mohammed", "فاطمة/fatima", "خالد/khalid", "نور/noor", "عائشة/aisha"),
     ("العبدالله/alabdullah", "حسن/hassan", "القحطاني/alqahtani", "منصور/mansour", "الزهراني/alzahrani")),
    ("IL", ("נועה/noa", "יוסף/yosef", "תמר/tamar", "אברהם/avraham"),
     ("כהן/cohen", "לוי/levi", "מזרחי/mizrahi", "בן־דוד/bendavid")),
    ("JP", ("さくら/sakura", "健太/kenta", "美咲/misaki", "翔/sho"),
     ("田中/tanaka", "佐々木/sasaki", "小笠原/ogasawara", "渡邉/watanabe")),
    ("CN", ("伟/wei", "秀英/xiuying", "小龍/xiaolong", "静/jing"),
     ("王/wang", "欧阳/ouyang", "李/li", "諸葛/zhuge")),
    ("KR", ("서연/seoyeon", "민준/minjun", "하은/haeun", "도윤/doyun"),
     ("김/kim", "박/park", "황보/hwangbo", "최/choi")),
    ("IN", ("आरव/aarav", "प्रिया/priya", "श्रीकृष्ण/shrikrishna", "दीक्षा/diksha"),
     ("शर्मा/sharma", "त्रिपाठी/tripathi", "सिंह/singh", "चट्टोपाध्याय/chattopadhyay")),
    ("TH", ("สมชาย/somchai", "ปิ่นมณี/pinmanee", "ธีรเดช/theeradej", "น้ำฝน/namfon"),
     ("วงศ์สวัสดิ์/wongsawat", "ศรีสุข/srisuk", "ณ อยุธยา/naayutthaya", "ทองดี/thongdee")),
    ("VN", ("Nguyệt/nguyet", "Đức/duc", "Hương/huong"), ("Nguyễn/nguyen", "Trần/tran", "Phạm Thị/pham")),
)  # fmt: skip
"""Country, given names and surnames, each as `native/latin`."""

DEPARTMENTS = (
    "Engineering", "Finance", "Human Resources", "Legal", "Marketing", "Operations", "Research", "Sales",
    "Support",
    "IT", "Facilities", "Procurement", "Données & Qualité", "経営企画部", "Отдел продаж",
)  # fmt: skip
JOBS = (
    "Accountant", "Account Executive", "Administrator", "Analyst", "Architect", "Assistant", "Consultant",
    "Counsel",
    "Designer", "Director", "Engineer", "Head of Department", "Manager", "Recruiter", "Senior Engineer",
    "Specialist",
    "Technician", "Vice President, Strategic Partnerships and Alliances (EMEA)",
)  # fmt: skip
OFFICES = ("18/2111", "20/1101", "23/3101", "HQ 2", "Tower B, 14F", "Домодедово", "大手町ビル", "Remote")
CITIES = {
    "US": "Seattle", "DE": "Köln", "FR": "Besançon", "PL": "Łódź", "RU": "Москва", "GR": "Αθήνα", "AE": "دبي",
    "IL": "תל אביב", "JP": "東京", "CN": "上海", "KR": "서울", "IN": "मुंबई", "TH": "กรุงเทพฯ",
    "VN": "Hà Nội",
}  # fmt: skip
LANGUAGES = {
    "US": "en-US", "DE": "de-DE", "FR": "fr-FR", "PL": "pl-PL", "RU": "ru-RU", "GR": "el-GR", "AE": "ar-AE",
    "IL": "he-IL", "JP": "ja-JP", "CN": "zh-CN", "KR": "ko-KR", "IN": "hi-IN", "TH": "th-TH", "VN": "vi-VN",
}  # fmt: skip

TEAMS = (
    "Accounts Payable", "Backup Operators", "Benefits", "Brand", "Budget 2026", "Cloud Platform",
    "Compliance",
    "Contracts", "Customer Success", "Data Science", "Design", "DevOps", "E-Commerce", "Field Service",
    "Firewall",
    "Fleet", "Growth", "Helpdesk", "Identity", "Internal Audit", "Investor Relations", "Lab Access",
    "Logistics",
    "Mobile", "Network", "Payroll", "Pricing", "Printers", "Privacy", "Quality", "Recruiting", "Release",
    "Risk",
    "Safety", "Servers", "Tax", "Training", "Travel", "Treasury", "VPN", "Warehouse", "Web",
    "Büro Köln", "Équipe produit", "Zespół wsparcia", "Бухгалтерия", "Ομάδα έργου", "فريق المبيعات",
    "צוות פיתוח",
    "営業部", "财务部", "인사팀", "वित्त विभाग", "ฝ่ายบุคคล", "🚀 Launch", "👩‍💻 Developers",
    "Cafe\u0301 Committee",
)  # fmt: skip
REGIONS = (
    "EMEA", "Americas", "APAC", "Nordics", "DACH", "Iberia", "LATAM", "ANZ", "Global", "HQ", "Plant 7",
    "Store 0042",
)  # fmt: skip
ROLES = (
    "Readers",
    "Contributors",
    "Owners",
    "All",
    "Managers",
    "Contractors",
    "Approvers",
    "Users",
    "Admins",
    "",
)
LONG_TEAM = (
    "Cross-Functional Working Group for the Harmonisation of Regional Procurement, Travel and Expense "
    "Policies across All Subsidiaries and Joint Ventures (Steering Committee, Observers and Invited "
    "Experts) 2019–2027"
)
