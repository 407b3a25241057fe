import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** One entry per island. Files are named by their content, and manifest.json tells the server which they are. */
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      input: { "json-editor": "json-editor/main.tsx", "form-conditions": "form-conditions/main.tsx" },
      output: { entryFileNames: "[name]-[hash].js", chunkFileNames: "[name]-[hash].js", assetFileNames: "[name]-[hash][extname]" },
    },
  },
});
