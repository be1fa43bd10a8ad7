//! Tells Tauri where this house keeps its capabilities and permissions.

fn main() {
    // With paths of our own, tauri-build watches neither folder.
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=src-tauri/permissions");
    let app = tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*.toml");
    let attributes = tauri_build::Attributes::new()
        .app_manifest(app)
        .capabilities_path_pattern("./src-tauri/capabilities/**/*.json");
    tauri_build::try_build(attributes).expect("capabilities and permissions are well formed");
}
