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
                .sheet =
                    {
                        .ground = "#fffdfa",
                        .ink = "#3b342e",
                        .soft = "#6b5f55",
                        .head = "#96472d",
                        .edge = "#e4d5c4",
                        .code = "#f6efe6",
                    },
                .practice =
                    {
                        .ground = "#edf2e9",
                        .ink = "#36402f",
                        .soft = "#56614e",
                        .head = "#446040",
                        .edge = "#93ab89",
                        .code = "#dfe8d9",
                    },
                .call =
                    {
                        .ground = "#7d3f2b",
                        .ink = "#fff4ea",
                        .soft = "#f6dccb",
                        .head = "#ffe0c7",
                        .edge = "#c48a72",
                        .code = "#693220",
                    },
            },
        .dark =
            {
                .page = "#1b1714",
                .sheet =
                    {
                        .ground = "#26201d",
                        .ink = "#ece3d9",
                        .soft = "#b9ab9d",
                        .head = "#f0a886",
                        .edge = "#4a3f37",
                        .code = "#332b27",
                    },
                .practice =
                    {
                        .ground = "#2b3429",
                        .ink = "#e1e9dc",
                        .soft = "#b4c0ac",
                        .head = "#b7d2ac",
                        .edge = "#6d8a63",
                        .code = "#222a20",
                    },
                .call =
                    {
                        .ground = "#54301f",
                        .ink = "#ffeadb",
                        .soft = "#e6c8b4",
                        .head = "#ffcdab",
                        .edge = "#a3704f",
                        .code = "#432516",
                    },
            },
    },
};

const struct theme *theme_default(void)
{
    return &themes[0];
}
