#include "markup/theme.h"

static const struct theme themes[] = {
    {
        .name = "default",
        .width = 600,
        .text_size = 18,
        .serif = "Georgia,'Times New Roman',serif",
        .sans = "'Helvetica Neue',Helvetica,Arial,sans-serif",
        .mono = "Consolas,Menlo,'Courier New',monospace",
        .light =
            {
                .page = "#f6efe6",
                .sheet = "#fffdfa",
                .ink = "#3b342e",
                .soft = "#6b5f55",
                .accent = "#96472d",
                .edge = "#e4d5c4",
                .code = "#f6efe6",
                .practice_ground = "#edf2e9",
                .practice_ink = "#36402f",
                .practice_head = "#446040",
                .practice_edge = "#93ab89",
                .call_ground = "#7d3f2b",
                .call_ink = "#fff4ea",
                .call_head = "#ffe0c7",
            },
        .dark =
            {
                .page = "#1b1714",
                .sheet = "#26201d",
                .ink = "#ece3d9",
                .soft = "#b9ab9d",
                .accent = "#f0a886",
                .edge = "#4a3f37",
                .code = "#332b27",
                .practice_ground = "#2b3429",
                .practice_ink = "#e1e9dc",
                .practice_head = "#b7d2ac",
                .practice_edge = "#6d8a63",
                .call_ground = "#54301f",
                .call_ink = "#ffeadb",
                .call_head = "#ffcdab",
            },
    },
};

const struct theme *theme_default(void)
{
    return &themes[0];
}
