namespace Storefront.Catalog;

/// <summary>The products' drawings: shapes only, with colours that read on light and dark ground.</summary>
internal static class Pictures
{
    public const string Notebook = """
        <rect x="62" y="26" width="82" height="104" rx="6" fill="#e9e2d2"/><rect x="56" y="22" width="82" height="104" rx="6" fill="#2f5d62"/>
        <rect x="56" y="22" width="14" height="104" rx="6" fill="#244a4e"/><rect x="118" y="22" width="7" height="104" fill="#e07a5f"/>
        <rect x="80" y="44" width="30" height="18" rx="2" fill="#f4f1de"/><path d="M85 51h20M85 56h13" stroke="#2f5d62" stroke-width="2"/>
        """;

    public const string Pencils = """
        <g transform="rotate(-24 100 75)"><g><rect x="44" y="46" width="96" height="14" fill="#e07a5f"/><rect x="44" y="46" width="96" height="5" fill="#ea9a84"/>
        <path d="M140 46l22 7-22 7z" fill="#f0d9b5"/><path d="M155 50.8l7 2.2-7 2.2z" fill="#4a4e69"/><rect x="34" y="46" width="10" height="14" rx="3" fill="#c9ada7"/></g>
        <rect x="54" y="70" width="86" height="14" fill="#3d6b8e"/><rect x="54" y="70" width="86" height="5" fill="#5f8bab"/><path d="M140 70l22 7-22 7z" fill="#f0d9b5"/>
        <path d="M155 74.8l7 2.2-7 2.2z" fill="#4a4e69"/><rect x="44" y="70" width="10" height="14" rx="3" fill="#c9ada7"/>
        <rect x="36" y="94" width="96" height="14" fill="#81a17e"/><rect x="36" y="94" width="96" height="5" fill="#a0bb9d"/><path d="M132 94l22 7-22 7z" fill="#f0d9b5"/>
        <path d="M147 98.8l7 2.2-7 2.2z" fill="#4a4e69"/><rect x="26" y="94" width="10" height="14" rx="3" fill="#c9ada7"/></g>
        """;

    public const string Mug = """
        <path d="M128 66h12a17 17 0 0 1 0 36h-12" fill="none" stroke="#3d6b8e" stroke-width="9"/><path d="M60 54h72v50a20 20 0 0 1-20 20H80a20 20 0 0 1-20-20z" fill="#3d6b8e"/>
        <path d="M60 84h72v10H60z" fill="#f4f1de"/><ellipse cx="96" cy="54" rx="36" ry="8" fill="#2d5270"/><ellipse cx="96" cy="55" rx="30" ry="5.5" fill="#7b4b32"/>
        <path d="M84 40c-6-7 6-11 0-20M104 40c-6-7 6-11 0-20" fill="none" stroke="#b8b8c4" stroke-width="4" stroke-linecap="round"/>
        """;

    public const string Lamp = """
        <path d="M104 68l56 62H70z" fill="#f2cc8f" opacity=".45"/><path d="M58 126L44 70l50-28" fill="none" stroke="#6b705c" stroke-width="6" stroke-linejoin="round" stroke-linecap="round"/>
        <circle cx="44" cy="70" r="6" fill="#e07a5f"/><path d="M84 44l22-18 26 36-40 12z" fill="#e07a5f"/><path d="M92 74l40-12a16 14 0 0 1-28 20z" fill="#f2cc8f"/>
        <rect x="34" y="122" width="50" height="9" rx="4.5" fill="#6b705c"/>
        """;

    public const string Plant = """
        <path d="M100 92C96 60 74 44 52 46c2 24 20 42 48 46z" fill="#5b8a5a"/><path d="M100 92c4-34 26-50 50-48-2 26-22 44-50 48z" fill="#81a17e"/>
        <path d="M100 94c-12-28-8-58 2-76 12 20 14 48-2 76z" fill="#456f4a"/><path d="M72 90h56l-7 40H79z" fill="#e07a5f"/><rect x="67" y="84" width="66" height="13" rx="4" fill="#c8654b"/>
        """;

    public const string Clock = """
        <circle cx="100" cy="75" r="52" fill="#4a4e69"/><circle cx="100" cy="75" r="44" fill="#f4f1de"/>
        <path d="M100 37v8M100 105v8M62 75h8M130 75h8" stroke="#4a4e69" stroke-width="4" stroke-linecap="round"/>
        <path d="M100 75V51M100 75l20 12" stroke="#4a4e69" stroke-width="5" stroke-linecap="round"/><path d="M100 75l-24 18" stroke="#e07a5f" stroke-width="2.5" stroke-linecap="round"/><circle cx="100" cy="75" r="5" fill="#e07a5f"/>
        """;

    public const string Ink = """
        <rect x="82" y="22" width="36" height="24" rx="4" fill="#6b705c"/><rect x="86" y="44" width="28" height="12" fill="#b9c4d0"/>
        <path d="M74 56h52q14 0 14 14v44q0 14-14 14H74q-14 0-14-14V70q0-14 14-14z" fill="#b9c4d0"/><path d="M66 82h68v31q0 9-9 9H75q-9 0-9-9z" fill="#273c6b"/>
        <rect x="80" y="88" width="40" height="22" rx="2" fill="#f4f1de"/><path d="M100 91c6 7 7 9 7 11a7 6 0 0 1-14 0c0-2 1-4 7-11z" fill="#273c6b"/>
        """;

    public const string Letters = """
        <rect x="58" y="24" width="80" height="70" rx="3" fill="#fbf8ee" transform="rotate(4 98 60)"/><path d="M70 40l54 4M69 50l54 4M68 60l34 2.5" stroke="#c9ada7" stroke-width="3"/>
        <rect x="44" y="60" width="112" height="68" rx="4" fill="#f0d9b5"/><path d="M44 64l56 38 56-38" fill="none" stroke="#d1b58a" stroke-width="4"/><circle cx="100" cy="102" r="10" fill="#c8654b"/><path d="M96 102l3 3 6-6" fill="none" stroke="#f4f1de" stroke-width="2.5"/>
        """;

    public const string Books = """
        <path d="M36 38h10v80h26v10H36z" fill="#6b705c"/><path d="M164 38h-10v80h-26v10h36z" fill="#6b705c"/><rect x="48" y="48" width="18" height="70" fill="#3d6b8e"/><rect x="68" y="36" width="22" height="82" fill="#e07a5f"/>
        <rect x="92" y="54" width="16" height="64" fill="#f2cc8f"/><rect x="110" y="42" width="20" height="76" fill="#2f5d62"/><rect x="132" y="58" width="18" height="60" fill="#8e6c8a"/>
        <path d="M72 48h14M72 54h14M114 54h12M52 60h10M136 70h10" stroke="#f4f1de" stroke-width="2.5"/>
        """;

    public const string Tape = """
        <circle cx="78" cy="86" r="38" fill="#81a17e"/><circle cx="78" cy="86" r="22" fill="#e9dcc3"/><circle cx="78" cy="86" r="17" fill="#6b705c"/>
        <circle cx="128" cy="66" r="32" fill="#e07a5f"/><circle cx="128" cy="66" r="18" fill="#e9dcc3"/><circle cx="128" cy="66" r="14" fill="#6b705c"/>
        <path d="M106 112h58l-5 5 5 5h-58a26 26 0 0 1-16-5z" fill="#f2cc8f"/><circle cx="116" cy="117" r="2.5" fill="#e07a5f"/><circle cx="130" cy="117" r="2.5" fill="#e07a5f"/><circle cx="144" cy="117" r="2.5" fill="#e07a5f"/>
        """;

    public const string Ruler = """
        <g transform="rotate(-18 100 75)"><rect x="26" y="58" width="148" height="34" rx="3" fill="#d9a441"/><rect x="26" y="58" width="148" height="11" rx="3" fill="#e6bd6a"/>
        <path d="M36 92V80M46 92v-7M56 92v-7M66 92V80M76 92v-7M86 92v-7M96 92V80M106 92v-7M116 92v-7M126 92V80M136 92v-7M146 92v-7M156 92V80" stroke="#5a4214" stroke-width="2"/><circle cx="164" cy="68" r="4" fill="#5a4214"/></g>
        """;

    public const string Candle = """
        <circle cx="100" cy="52" r="32" fill="#f2cc8f" opacity=".35"/><path d="M72 70h56v48a10 10 0 0 1-10 10H82a10 10 0 0 1-10-10z" fill="#8e6c8a"/><ellipse cx="100" cy="70" rx="28" ry="7" fill="#f4f1de"/>
        <path d="M100 69V56" stroke="#4a4e69" stroke-width="3"/><path d="M100 30c9 12 11 16 11 20a11 10 0 0 1-22 0c0-4 2-8 11-20z" fill="#e9a23b"/><path d="M100 42c4 6 5 8 5 10a5 5 0 0 1-10 0c0-2 1-4 5-10z" fill="#fdf3d0"/><rect x="84" y="88" width="32" height="22" rx="2" fill="#f4f1de"/>
        """;
}
